"""The fragments are ready for towncrier, say what breaks, and leave alone what a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff.change import Change
from codegen.diff.fragment import fragments, write
from codegen.diff.text import code
from codegen.report import Refusal


def test_there_is_one_for_each_kind_and_breaking_lines_are_marked() -> None:
    found = fragments(
        [
            Change("breaking", "is gone", "shop.Pet.a"),
            Change("breaking", "is gone", "shop.Pet.b"),
            Change("addition", "is a new keyword", "shop.Client.pets.get(size)"),
            Change("fix", "the answer `429` is gone", "shop.Client.pets.get"),
        ]
    )
    assert list(found.items()) == [
        (
            "breaking",
            (
                "Following the vendors' documentation:\n\n"
                "- **Breaking:** `shop.Pet.a` is gone.\n- **Breaking:** `shop.Pet.b` is gone.\n"
            ),
        ),
        ("feature", "`shop.Client.pets.get(size)` is a new keyword.\n"),
        ("fix", "`shop.Client.pets.get`: the answer `429` is gone.\n"),
    ]


def test_a_name_comes_once_with_its_worst_grade() -> None:
    changes = [
        Change("fix", "is always there", "shop.Pet.a"),
        Change("breaking", "must be given to the constructor", "shop.Pet.a", level="python"),
        Change("fix", "is described in other words", "shop.Pet.a"),
    ]
    assert fragments(changes) == {
        "breaking": "**Breaking:** `shop.Pet.a` is always there; must be given to the constructor.\n"
    }


def test_complaints_and_new_words_are_not_announced() -> None:
    complaint = Change("breaking", "mypy: `no`", "tests/typing/a.py:1", level="types")
    reworded = Change("fix", "is described in other words", "shop.Pet")
    assert fragments([complaint]) == {}
    assert fragments([complaint, reworded]) == {"fix": "Descriptions of `shop` are up to date.\n"}


def test_they_are_written_all_or_none(tmp_path: Path) -> None:
    texts = {"breaking": "a\n", "fix": "b\n"}
    names = ["changelog.d/+new-pages.breaking.md", "changelog.d/+new-pages.fix.md"]
    assert write(tmp_path, "new-pages", texts) == names
    assert write(tmp_path, "new-pages", texts) == names
    (tmp_path / names[1]).write_text("edited by a person\n")
    with pytest.raises(Refusal, match=r"\+new-pages.fix.md: exists and says something else"):
        write(tmp_path, "new-pages", texts | {"doc": "c\n"})
    assert sorted(path.name for path in (tmp_path / "changelog.d").iterdir()) == [
        "+new-pages.breaking.md",
        "+new-pages.fix.md",
    ]


@pytest.mark.parametrize("name", ["", "../out", "a b", "A", "-a", "a.feature", "a/b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="small letters, digits and hyphens"):
        write(tmp_path, name, {"fix": "a\n"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", "`name`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``x", "``` ``x ```"),
        ("two\nlines\x1b[31m", "`two lines [31m`"),
        ("", "` `"),
    ],
)
def test_names_are_spans_of_code_whatever_they_hold(text: str, expected: str) -> None:
    assert code(text) == expected
