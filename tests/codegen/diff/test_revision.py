"""Revisions are read from the object store by name, and no name does anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff.revision import copy, revision
from codegen.report import Refusal
from tests.codegen.diff.conftest import Repository


def test_without_a_name_it_is_the_last_release(repository: Repository) -> None:
    assert str(revision(repository.root, None)).startswith("HEAD (")
    for tag in ("v0.9.0", "v0.10.0", "v0.2.0", "v1.0.0-rc1", "nightly"):
        repository.git("tag", tag)
    repository.write("other", "x")
    repository.commit()
    found = revision(repository.root, None)
    assert (found.label, found.commit) == ("v0.10.0", repository.git("rev-parse", "v0.10.0").strip())


def test_a_release_of_another_branch_is_not_the_last(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "side")
    repository.write("other", "x")
    repository.commit()
    repository.git("tag", "v9.0.0")
    repository.git("checkout", "--quiet", "main")
    assert revision(repository.root, None).label == "HEAD"


def test_a_branch_that_is_called_like_a_release_is_not_taken_for_it(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD").strip()
    repository.git("tag", "v1.0.0")
    repository.write("other", "x")
    repository.commit()
    repository.git("branch", "v1.0.0")
    assert revision(repository.root, None).commit == first


@pytest.mark.parametrize(
    "name",
    [
        "nowhere",
        "",
        " ",
        "--output=stolen",
        "-h",
        "HEAD:openapi",
        "HEAD..HEAD",
        "HEAD\0",
        "$(id)",
        "a\nb",
        "\udcff",
        "^HEAD",
    ],
)
def test_what_is_no_commit_is_refused_in_one_line(repository: Repository, name: str) -> None:
    before = sorted(repository.root.rglob("*"))
    with pytest.raises(Refusal) as refused:
        revision(repository.root, name)
    assert "\n" not in str(refused.value)
    assert sorted(repository.root.rglob("*")) == before


def test_the_remedy_is_named(repository: Repository) -> None:
    with pytest.raises(Refusal, match=r"no commit of this repository: `git tag` .* `git fetch --tags --unshallow`"):
        revision(repository.root, "v7")


def test_a_directory_that_is_no_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Refusal, match="not a git repository"):
        revision(tmp_path, None)


def test_without_git_the_message_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    with pytest.raises(Refusal, match="git: is not on PATH"):
        revision(repository.root, None)


def test_files_are_copied_as_they_were_committed(repository: Repository, tmp_path: Path) -> None:
    repository.write("openapi/shop.yaml", "old: 1\n")
    repository.write("openapi/deep/ünïcode name.yaml", "")
    repository.write("openapi/deep/tab\tname.yaml", "tab")
    repository.write("elsewhere/not.yaml", "asked for")
    repository.write(".gitattributes", "openapi/shop.yaml export-ignore\n")
    (repository.root / "openapi" / "link.yaml").symlink_to("/etc/passwd")
    repository.commit()
    repository.write("openapi/shop.yaml", "new: 1\n")
    copy(revision(repository.root, "HEAD"), ("openapi", "nothing-of-this-name"), tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix(): path.read_text("utf-8")
             for path in (tmp_path / "out").rglob("*") if path.is_file()}  # fmt: skip
    assert found == {
        "openapi/shop.yaml": "old: 1\n", "openapi/deep/ünïcode name.yaml": "", "openapi/deep/tab\tname.yaml": "tab",
    }  # fmt: skip
