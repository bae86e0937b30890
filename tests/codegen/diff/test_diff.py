"""`python -m codegen diff`, as it is called: a repository, an edit, and what is said of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from tests.codegen.diff.conftest import Repository

ROOT = Path(__file__).parents[3]


@pytest.fixture
def packaged(repository: Repository) -> Repository:
    """Return a repository with the code that its document gives, and a version."""
    main(["generate"], repository.root)
    repository.write("src/reknit/__init__.py", '__version__ = "0.3.1"\n__all__ = ["__version__"]\n')
    repository.write("src/reknit/shop/__init__.py", "")
    repository.commit()
    return repository


def _markdown(repository: Repository, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["diff", *arguments], repository.root)
    return code, capsys.readouterr().out


def test_nothing_to_say_is_zero(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = _markdown(packaged, capsys)
    assert code == 0
    assert re.fullmatch(r"# What users notice since `HEAD \([0-9a-f]{12}\)`\n\nNothing\.\n(.*\n)*", text)


def test_an_edit_is_said_on_both_levels_with_a_verdict_and_a_fragment(
    packaged: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    packaged.git("tag", "v0.3.1")
    packaged.edit("openapi/shop.yaml", "      required: [id]", "      required: [id, weight]")
    packaged.edit("openapi/shop.yaml", "- {name: limit, in: query,", "- {name: max, in: query,")
    code, text = _markdown(packaged, capsys)
    assert code == 1
    assert "# What users notice since `v0.3.1 (" in text
    assert (
        "Verdict: **minor** (0.3.1 → 0.4.0 at least): 2 breaking, 1 addition, 1 fix. "
        "While the first number is 0, the second one counts what breaks.\n" in text
    )
    pointer = "openapi/shop.yaml#/paths/~1pets/get/parameters/1"
    assert f"\n- `shop.Client.pets.list(limit)` is no keyword any more. `{pointer}`\n" in text
    assert "\n- `shop.Pet.weight` must be given to the constructor. (Python)\n" in text
    assert (
        "`breaking`:\n\n~~~~markdown\nFollowing the vendors' documentation:\n\n"
        "- **Breaking:** `shop.Client.pets.list(limit)` is no keyword any more.\n" in text
    )
    assert "- the code as it lies in `src/reknit/shop/_generated`: it is not what the documents give" in text


def test_it_is_said_to_programs_too(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    packaged.edit("openapi/shop.yaml", "[cat, dog]", "[cat, dog, cow]")
    main(["generate"], packaged.root)
    code, text = _markdown(packaged, capsys, "HEAD", "--format", "json")
    said = json.loads(text)
    assert code == 1
    assert said["verdict"] == {
        "counts": {"breaking": 0, "addition": 2, "fix": 0},
        "complaints": 0,
        "part": "patch",
        "version": "0.3.1",
        "following": "0.3.2",
    }
    assert said["changes"] == [
        {
            "grade": "addition",
            "what": "has the new value `'cow'`",
            "name": "shop.Kind",
            "pointer": "openapi/shop.yaml#/components/schemas/Kind",
            "level": "wire",
        },
        {"grade": "addition", "what": "is new", "name": "shop.Kind.COW", "pointer": "", "level": "python"},
    ]
    assert list(said["fragments"]) == ["feature"]


def test_an_api_that_comes_or_goes(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.move(packaged.root / "openapi/shop.yaml", packaged.root / "openapi/store.yaml")
    code, text = _markdown(packaged, capsys)
    assert code == 1
    assert "- `shop` is gone: the whole API. `openapi/shop.yaml`" in text
    assert "- `store` is a new API. `openapi/store.yaml`" in text


def test_the_fragment_is_one_that_towncrier_takes(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    packaged.edit("openapi/shop.yaml", "[small, large]", "[small]")
    packaged.edit("openapi/shop.yaml", "        weight: {type: number}", "        height: {type: number}")
    assert main(["diff", "--write-fragment", "shop-pages"], packaged.root) == 1
    assert capsys.readouterr().err == "".join(
        f"changelog.d/+shop-pages.{kind}.md: written, for you to edit\n" for kind in ("breaking", "feature")
    )
    shutil.copyfile(ROOT / "pyproject.toml", packaged.root / "pyproject.toml")
    pytest.importorskip("towncrier")
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "0.4.0"],
        cwd=packaged.root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "### Breaking changes" in done.stdout
    assert "  - **Breaking:** `shop.Pet.weight` is no property any more" in done.stdout


def test_what_a_document_says_is_never_interpreted(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x`\\n~~~~\\n# Pwned\\n<script>alert(1)</script> ![](https://evil.example/\\x1b[2J"
    packaged.edit("openapi/shop.yaml", "summary: List the pets.", f'summary: "{evil}"')
    packaged.edit("openapi/shop.yaml", "        weight: {type: number}", f'        "{evil}": {{type: number}}')
    packaged.edit("openapi/shop.yaml", "[small, large]", f'[small, "{evil}"]')
    packaged.edit("openapi/shop.yaml", "'429': {description: Slow down.}", f"'429': {{description: \"{evil}\"}}")
    code, text = _markdown(packaged, capsys)
    assert code == 1
    assert "\x1b" not in text
    fences = [line for line in text.splitlines() if line.startswith("~~~~")]
    assert set(fences) == {"~~~~", "~~~~markdown"}
    assert not [line for line in text.splitlines() if line.startswith("# Pwned")]
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    assert "script" not in outside
    assert "![" not in outside


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: is no commit of this repository"),
        (["--", "--help"], "--help: is no commit of this repository"),
        (["--write-fragment", "../x"], "--write-fragment: '../x' is no name of a fragment"),
    ],
)
def test_bad_input_is_one_line_and_two(
    packaged: Repository, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    packaged.edit("openapi/shop.yaml", "List the pets.", "All pets.")
    capsys.readouterr()
    assert main(["diff", *arguments], packaged.root) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_a_document_that_is_broken_now_is_named(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    packaged.write("openapi/shop.yaml", "openapi: 3.1.0\npaths: [")
    capsys.readouterr()
    assert main(["diff"], packaged.root) == 2
    assert re.fullmatch(r"openapi/shop\.yaml:3: is not YAML: .*\n", capsys.readouterr().err)


def test_a_document_that_cannot_be_called_now_is_named(
    packaged: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    packaged.edit("openapi/shop.yaml", "{name: size, in: query,", "{name: size, in: nowhere,")
    capsys.readouterr()
    assert main(["diff"], packaged.root) == 2
    assert capsys.readouterr().err.startswith(
        "openapi/shop.yaml#/paths/~1pets/get/parameters/2: a parameter cannot be in"
    )


def test_a_document_that_was_broken_then_is_named(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    good = (packaged.root / "openapi/shop.yaml").read_text()
    packaged.write("openapi/shop.yaml", "openapi: 3.1.0\npaths: [")
    packaged.commit()
    packaged.git("tag", "v0.0.1")
    packaged.write("openapi/shop.yaml", good)
    capsys.readouterr()
    assert main(["diff"], packaged.root) == 2
    err = capsys.readouterr().err
    assert re.fullmatch(r"v0\.0\.1 \([0-9a-f]{12}\): openapi/shop\.yaml:3: is not YAML: .*\n", err)
    assert main(["diff", "HEAD~1"], packaged.root) == 0


def test_the_working_tree_is_left_alone(packaged: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    packaged.edit("openapi/shop.yaml", "List the pets.", "All pets.")
    before = packaged.git("status", "--porcelain")
    main(["diff"], packaged.root)
    assert packaged.git("status", "--porcelain") == before


def test_generating_does_not_load_what_comparing_needs() -> None:
    program = "import codegen.__main__, sys; sys.exit('griffe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
