"""A package appears on disk whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegen.report import Refusal
from codegen.write import differences, write

OURS = '"""A.\n\nGenerated. Do not edit.\n"""\n'


def test_files_are_written_and_stale_ones_removed(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "package"
    assert write(folder, {"a.py": OURS, "inner/b.py": OURS, "py.typed": ""})
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*")) == [
        "a.py",
        "inner/b.py",
        "py.typed",
    ]
    assert write(folder, {"a.py": OURS + "x = 1\n"})
    assert [path.name for path in folder.iterdir()] == ["a.py"]
    assert [path.name for path in folder.parent.iterdir()] == ["package"]


def test_nothing_is_touched_when_nothing_changed(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    write(folder, {"a.py": OURS})
    before = (folder / "a.py").stat()
    assert not write(folder, {"a.py": OURS})
    assert (folder / "a.py").stat().st_ino == before.st_ino


def test_differences_are_named(tmp_path: Path) -> None:
    write(tmp_path / "p", {"a.py": OURS, "b.py": OURS, "c.py": OURS})
    (tmp_path / "p" / "__pycache__").mkdir()
    (tmp_path / "p" / "__pycache__" / "a.pyc").write_bytes(b"")
    assert differences(tmp_path / "p", {"a.py": OURS, "b.py": "other", "d.py": OURS}) == ("b.py", "c.py", "d.py")
    assert differences(tmp_path / "none", {}) == ()


@pytest.mark.parametrize("name", ["notes.txt", "inner/client.py"])
def test_what_somebody_wrote_by_hand_is_never_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / "p" / name
    path.parent.mkdir(parents=True)
    path.write_text("my own work")
    with pytest.raises(Refusal, match="was not generated: choose an empty directory, or remove it"):
        write(tmp_path / "p", {"a.py": OURS})
    assert path.read_text() == "my own work"
    assert not (tmp_path / "p" / "a.py").exists()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("x")
    with pytest.raises(Refusal, match="is not a directory"):
        write(tmp_path / "p", {"a.py": OURS})


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    write(tmp_path / "p", {"a.py": OURS})
    with pytest.raises(OSError):
        write(tmp_path / "p", {"a.py": "new", "a.py/impossible": "x"})
    assert (tmp_path / "p" / "a.py").read_text() == OURS
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_what_a_killed_run_left_beside_is_cleared_away(tmp_path: Path) -> None:
    for name in (".p.abcdefgh", ".p.abcdefgi.old", ".p.running0", ".q.abcdefgh"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(OURS)
        if name != ".p.running0":
            os.utime(tmp_path / name, (0, 0))
    write(tmp_path / "p", {"a.py": OURS})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".p.running0", ".q.abcdefgh", "p"]


def test_a_swap_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "p", {"a.py": OURS})
    rename = Path.rename

    def fails_for_the_new_one(self: Path, target: Path) -> Path:
        if target.name == "p" and not self.name.endswith(".old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "p", {"a.py": OURS + "x = 1\n"})
    assert (tmp_path / "p" / "a.py").read_text() == OURS
    assert [path.name for path in tmp_path.iterdir()] == ["p"]
