"""What the APIs of a sandbox know, in an SQLite file, so that it is there again after a restart.

Each thing is a row that is written when it changes, and what one call changes is written together, before it is
answered: whenever the sandbox ends, however it ends, the file holds what was answered last, and nothing of it by half.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

__all__ = ["BrokenState", "Drawer", "StateFile", "Unwritten"]

_T = TypeVar("_T")

_MARK: Final = 0x52_4B_53_42  # "RKSB": whose file it is
_VERSION: Final = 1
_SQLITE: Final = b"SQLite format 3\0"
_TABLES: Final = """
CREATE TABLE thing (
    api TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (api, kind, name)
);
"""
_KEEP: Final = (
    "INSERT INTO thing (api, kind, name, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (api, kind, name) DO UPDATE SET body = excluded.body"
)
_DROP: Final = "DELETE FROM thing WHERE api = ? AND kind = ? AND name = ?"
#: No clock is farther from the machine's, in seconds: the years end with 9999.
_FARTHEST: Final = 2.5e11
#: How long somebody else may be looking at the file, in seconds.
_PATIENCE: Final = 0.1
_READ: Final = "SELECT name, body FROM thing WHERE api = ? AND kind = ? ORDER BY rowid"


class BrokenState(ValueError):
    """The state file cannot be used; it was left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; it was left as it is: name another file, or move this one away")


class Unwritten(OSError):
    """The state file could not be written to; what it lacks goes into it as soon as it can be."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the sandbox's state file cannot be written ({reason})")
        self.reason = reason


class StateFile:
    """An open state file, which no other sandbox can open meanwhile. Raises BrokenState where it is none.

    Only its owner can read a file that is made here: it holds what users sent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lacking: dict[tuple[str, str, str], bytes | None] = {}
        self._blocks = 0
        self.closed = False
        try:
            _make(path)
            _look(path)
            self._base = sqlite3.connect(path.absolute(), isolation_level=None, timeout=_PATIENCE)
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise BrokenState(path, f"cannot be opened ({reason})") from None
        except sqlite3.DatabaseError:
            raise BrokenState(path, "is no state file of the sandbox") from None
        try:
            self._open()
            #: How often the file was opened before: chance must not repeat itself.
            self.generation = self.drawer("sandbox").number("generation")
            #: How far the sandbox's clock was ahead of the machine's.
            self.ahead = self.drawer("sandbox").things("clock", float).get("ahead", 0.0)
            if not abs(self.ahead) < _FARTHEST:
                raise BrokenState(path, "is damaged: its clock shows no time")
        except BaseException:
            self._base.close()
            raise

    def accept(self) -> None:
        """Say that all of the file could be read: from here on it is written to."""
        try:
            self.drawer("sandbox").keep("number", "generation", self.generation + 1)
        except Unwritten as error:
            raise BrokenState(self._path, f"cannot be written ({error.reason})") from None

    @contextmanager
    def together(self) -> Generator[None]:
        """Write what is kept in the block all at once; whoever kills the process finds all of it or nothing.

        Raises Unwritten where that fails, or where something from before is not in the file yet.
        """
        self._blocks += 1
        try:
            yield
        finally:
            self._blocks -= 1
            # After an error too: what was kept is what the APIs remember.
            self._write()

    def drawer(self, api: str) -> Drawer:
        """Return the part of an API."""
        return Drawer(self, api)

    def close(self) -> None:
        """Let the file go."""
        with suppress(Unwritten):  # said before
            self._write()
        self.closed = True
        self._base.close()

    def _open(self) -> None:
        base, path = self._base, self._path
        try:
            base.execute("PRAGMA locking_mode = EXCLUSIVE")
            [mark], [version] = (
                base.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
            )
            empty = not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if mark == _MARK and version != _VERSION:
                raise BrokenState(path, f"was written by another version of the sandbox (format {version})")
            if mark == _MARK and base.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise BrokenState(path, "is damaged")
            if mark != _MARK and not (empty and mark == 0):
                raise BrokenState(path, "is the database of another program")
            if mark != _MARK:
                # Before the log is kept aside: whose file it is must stand in the file itself.
                base.execute("BEGIN EXCLUSIVE")
                base.execute(_TABLES)
                base.execute(f"PRAGMA application_id = {_MARK}")
                base.execute(f"PRAGMA user_version = {_VERSION}")
                base.execute("COMMIT")
                path.chmod(0o600)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            base.execute("BEGIN EXCLUSIVE")
            base.execute("COMMIT")
        except OSError as error:
            raise BrokenState(path, f"cannot be used ({error.strerror})") from None
        except sqlite3.OperationalError as error:
            in_use = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            reason = "is used by another sandbox" if in_use else f"cannot be used ({error})"
            raise BrokenState(path, reason) from None
        except sqlite3.DatabaseError:
            raise BrokenState(path, "is no state file of the sandbox") from None

    def keep(self, api: str, kind: str, name: str, thing: object) -> None:
        """Write a thing; None takes it away. Raises Unwritten where that fails."""
        self._lacking[api, kind, name] = None if thing is None else msgspec.json.encode(thing)
        self._write()

    def _write(self) -> None:
        """Write what the file lacks, unless a block is open, which does so at its end."""
        if self._blocks or not self._lacking:
            return
        try:
            self._base.execute("BEGIN")
            for thing, body in self._lacking.items():
                self._base.execute(*((_DROP, thing) if body is None else (_KEEP, (*thing, body))))
            self._base.execute("COMMIT")
        except sqlite3.Error as error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise Unwritten(str(error)) from None
        self._lacking.clear()

    def things(self, api: str, kind: str, shape: type[_T]) -> dict[str, _T]:
        """Return the things of a kind by their names, in the order in which they first came."""
        try:
            return {
                name: msgspec.json.decode(body, type=shape) for name, body in self._base.execute(_READ, (api, kind))
            }
        except (msgspec.DecodeError, sqlite3.DatabaseError):
            raise BrokenState(self._path, f"is damaged: the {kind} of {api} cannot be read") from None


def _make(path: Path) -> None:
    """Make the file where there is none, for its owner alone."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        # A pipe would be waited for, and a device, whose rights are everybody's, keeps nothing.
        if not stat.S_ISREG(path.stat().st_mode):
            raise BrokenState(path, "is no regular file") from None


def _look(path: Path) -> None:
    """Refuse the database of another program, by the file as it lies there.

    Whoever opens it in earnest finishes first what a program that was killed had begun, which is a change to it. Only
    the header is looked at: a sandbox that ended while it moved its log into the file leaves the rest to the log.
    """
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return
    if not head.startswith(_SQLITE):
        raise BrokenState(path, "is no state file of the sandbox")
    if int.from_bytes(head[68:72]) != _MARK:
        raise BrokenState(path, "is the database of another program")


class Drawer:
    """The part of a state file that belongs to one API."""

    def __init__(self, file: StateFile, api: str) -> None:
        self._file = file
        self._api = api

    def keep(self, kind: str, name: str, thing: object) -> None:
        """Write a thing; None takes it away."""
        self._file.keep(self._api, kind, name, thing)

    def together(self) -> AbstractContextManager[None]:
        """Write what is kept in the block all at once."""
        return self._file.together()

    def things(self, kind: str, shape: type[_T]) -> dict[str, _T]:
        """Return the things of a kind by their names, in the order in which they first came."""
        return self._file.things(self._api, kind, shape)

    def number(self, name: str) -> int:
        """Return a number, 0 where there is none."""
        return self.things("number", int).get(name, 0)

    def keep_ahead(self, now: float) -> None:
        """Write down what the sandbox's clock shows."""
        self.keep("clock", "ahead", now - time.time())
