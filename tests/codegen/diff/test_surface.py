"""What users import is compared without running it: what griffe sees, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from codegen.diff import surface
from codegen.diff.surface import Names
from codegen.report import Refusal

OLD = {
    "reknit/__init__.py": """
        from .options import Retry
        from . import errors
        __all__ = ["Retry", "errors"]
    """,
    "reknit/options.py": """
        from attrs import frozen
        @frozen(kw_only=True)
        class Retry:
            max_attempts: int = 4
            def copy(self) -> "Retry": ...
    """,
    "reknit/errors.py": "class NotFound(Exception):\n    status: int\n",
    "reknit/runtime/__init__.py": 'from .pages import Page\n__all__ = ["Page"]\n',
    "reknit/runtime/pages.py": """
        class Page:
            def next(self) -> int: ...
        class Inner:
            def helper(self) -> int: ...
    """,
    "reknit/shop/__init__.py": """
        from typing import TYPE_CHECKING
        from .client import Client
        __all__ = ["Client"]
        if TYPE_CHECKING:
            from ._generated import models as _models
            from ._generated.models import *
            __all__ += _models.__all__
    """,
    "reknit/shop/client.py": """
        class Client:
            def __init__(self, key: str | None = None, *, fast: bool = False) -> None: ...
            async def wait(self, seconds: float) -> str: ...
            def _private(self) -> None: ...
    """,
    "reknit/shop/_generated/__init__.py": "",
    "reknit/shop/_generated/models.py": """
        from typing import Any, TypeAlias
        from attrs import define, field
        from reknit.runtime import OpenEnum
        __all__ = ["Kind", "Order", "Pet", "Sale", "Tags"]
        class Kind(OpenEnum):
            CAT = "cat"
            DOG = "dog"
        @define(kw_only=True)
        class Pet:
            id: str
            name: str | None = field(default=None, repr=False)
            kind: Kind | None = None
        @define(kw_only=True)
        class Order:
            pet: str
            count: int | None = None
        @define(kw_only=True)
        class Sale:
            price: int
        Tags: TypeAlias = list[str]
        Json = TypeAliasType("Json", "str | list[Json]")
        Home = TypeAliasType("Home", Annotated["House | list[Home]", Tagged("kind", {})])
    """,
    "reknit/shop/_generated/operations.py": """
        import builtins
        from typing import Final
        PETS_GET: Final = Operation(name="pets.get", path="/pets")
        class Pets:
            def __init__(self, caller: Caller) -> None:
                self.with_response = PetsWithResponse(caller)
            async def get(self, id: str, *, size: int | None = None) -> models.Pet: ...
            async def list(self) -> builtins.list[models.Pet]: ...
        class PetsWithResponse:
            async def get(self, id: str, *, size: int | None = None) -> Response[models.Pet]: ...
            async def list(self) -> Response[builtins.list[models.Pet]]: ...
    """,
    "reknit/shop/_generated/events.py": """
        from typing import Final
        SOLD: Final[Event[models.Sale]] = Event(name="sold")
    """,
}
NAMES = Names(
    "shop",
    {"Pets": "pets"},
    {"Pet": frozenset({"received"}), "Order": frozenset({"sent"}), "Sale": frozenset({"sent", "received"})},
)
MODELS, OPERATIONS = "reknit/shop/_generated/models.py", "reknit/shop/_generated/operations.py"

Differ = Callable[..., list[str]]


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return folder


@pytest.fixture
def edited(tmp_path: Path) -> Differ:
    """Replace text in one file, and return what is different for users."""

    def edited_(name: str, old: str, new: str) -> list[str]:
        text = dedent(OLD[name])
        assert old in text
        before, after = _write(tmp_path / "old", OLD), _write(tmp_path / "new", OLD | {name: text.replace(old, new)})
        return [f"{change.grade} {change.name} {change.what}" for change in surface.compare(before, after, [NAMES])]

    return edited_


def test_nothing_is_different(edited: Differ) -> None:
    assert edited("reknit/errors.py", "status", "status") == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        # griffe's
        ("reknit/errors.py", "NotFound", "Missing",
         ["breaking reknit.errors.NotFound is gone", "addition reknit.errors.Missing is new"]),
        ("reknit/runtime/pages.py", "def next", "def following",
         ["addition reknit.runtime.Page.following is new", "breaking reknit.runtime.Page.next is gone"]),
        ("reknit/shop/client.py", "*, fast: bool = False", "*, fast: bool",
         ["breaking shop.Client(fast) must be given now"]),
        ("reknit/shop/client.py", "key: str | None = None, *", "*, key: str | None = None",
         ["breaking shop.Client(key) is given in another way"]),
        ("reknit/shop/client.py", "fast: bool = False", "fast: bool = True",
         ["breaking shop.Client(fast) has another default"]),
        ("reknit/options.py", "def copy(self)", "copy: int = 1\n    def other(self)",
         ["breaking reknit.Retry.copy is of another kind: attribute, not function",
          "addition reknit.Retry.other is new"]),
        # parameters and results, which griffe reads without their types
        ("reknit/shop/client.py", "seconds: float", "seconds: float | None",
         ["addition shop.Client.wait(seconds) is `float | None` instead of `float`"]),
        ("reknit/shop/client.py", "seconds: float", "seconds: int",
         ["breaking shop.Client.wait(seconds) is `int` instead of `float`"]),
        ("reknit/shop/client.py", "-> str", "-> str | None",
         ["breaking shop.Client.wait returns `str | None` instead of `str`"]),
        ("reknit/shop/client.py", "async def wait", "def wait", ["breaking shop.Client.wait is not awaited any more"]),
        ("reknit/shop/client.py", "*, fast", "*, slow: bool = False, fast",
         ["addition shop.Client(slow) is a new keyword"]),
        (OPERATIONS, "size: int | None = None", "size: int | str | None = None",
         ["addition shop.Client.pets.get(size) is `int | str | None` instead of `int | None`"]),
        (OPERATIONS, "builtins.list[models.Pet]", "list[models.Pet]", []),
        (OPERATIONS, 'path="/pets"', 'path="/animals"', []),
        # constructors and fields, which attrs makes
        (MODELS, "    id: str\n", "    id: str\n    owner: str\n",
         ["breaking shop.Pet.owner must be given to the constructor"]),
        (MODELS, "    id: str\n", "    id: str\n    owner: str | None = None\n", ["addition shop.Pet.owner is new"]),
        (MODELS, "    kind: Kind | None = None\n", "    kind: Kind | None\n",
         ["breaking shop.Pet.kind must be given to the constructor"]),
        (MODELS, "    id: str\n", "    id: str = field(factory=str)\n",
         ["addition shop.Pet.id need not be given to the constructor"]),
        (MODELS, "    id: str\n", "    id: int\n", ["breaking shop.Pet.id is `int` instead of `str`"]),
        (MODELS, "    kind: Kind | None = None\n", "    kind: Kind | str | None = None\n",
         ["breaking shop.Pet.kind is `Kind | str | None` instead of `Kind | None`"]),
        (MODELS, "    count: int | None = None", "    count: int | str | None = None",
         ["addition shop.Order.count is `int | str | None` instead of `int | None`"]),
        (MODELS, "price: int", "price: int | None",
         ["breaking shop.Sale.price is `int | None` instead of `int`"]),
        (MODELS, "list[str]", "list[int]", ["breaking shop.Tags is `list[int]` instead of `list[str]`"]),
        (MODELS, '"str | list[Json]"', '"str | int | list[Json]"',
         ["breaking shop.Json is `str | int | list[Json]` instead of `str | list[Json]`"]),
        (MODELS, '"House | list[Home]"', '"Barn | list[Home]"',
         ["breaking shop.Home is `Barn | list[Home]` instead of `House | list[Home]`"]),
        # enumerations
        (MODELS, '    DOG = "dog"\n', '    DOG = "hound"\n',
         ["breaking shop.Kind.DOG has the value `'hound'` instead of `'dog'`"]),
        (MODELS, '    DOG = "dog"\n', "", ["breaking shop.Kind.DOG is gone"]),
        (MODELS, '    DOG = "dog"\n', '    DOG = "dog"\n    COW = "cow"\n', ["addition shop.Kind.COW is new"]),
        # events
        ("reknit/shop/_generated/events.py", "models.Sale", "models.Pet",
         ["breaking shop.events.SOLD is `Event[Pet]` instead of `Event[Sale]`"]),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_found(edited: Differ, name: str, old: str, new: str, expected: list[str]) -> None:
    assert sorted(edited(name, old, new)) == sorted(expected)


def test_what_users_cannot_name_is_not_compared(edited: Differ) -> None:
    assert edited("reknit/runtime/pages.py", "def helper", "def helped") == []
    assert edited("reknit/shop/client.py", "_private", "_hidden") == []
    assert edited(OPERATIONS, "PETS_GET", "PETS_TAKE") == []


def test_a_twin_is_named_only_where_it_differs_alone(edited: Differ) -> None:
    assert edited(OPERATIONS, "def get(", "def take(") == [
        "addition shop.Client.pets.take is new",
        "breaking shop.Client.pets.get is gone",
    ]
    assert edited(OPERATIONS, "-> Response[models.Pet]", "-> Answer[models.Pet]") == [
        "breaking shop.Client.pets.with_response.get returns `Answer[Pet]` instead of `Response[Pet]`"
    ]


def test_code_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    before = _write(tmp_path / "old", OLD)
    after = _write(tmp_path / "new", {"reknit/__init__.py": "def ("})
    with pytest.raises(Refusal, match="src/reknit: cannot be read"):
        surface.compare(before, after, [NAMES])


def test_nothing_of_it_is_run(tmp_path: Path) -> None:
    trap = OLD | {"reknit/errors.py": f"open({str(tmp_path / 'ran')!r}, 'w').close()\n" + OLD["reknit/errors.py"]}
    surface.compare(_write(tmp_path / "old", trap), _write(tmp_path / "new", trap), [NAMES])
    assert not (tmp_path / "ran").exists()
