"""What the APIs of a sandbox know, in an SQLite file, so that it is there again after a restart.

Each thing is a row that is written when it changes, in a transaction of its own: whenever the sandbox ends, however it
ends, the file holds what was answered last.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final, TypeVar

import msgspec

__all__ = ["BrokenState", "Drawer", "StateFile"]

_T = TypeVar("_T")

_MARK: Final = 0x52_4B_53_42  # "RKSB": whose file it is
_VERSION: Final = 1
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
_READ: Final = "SELECT name, body FROM thing WHERE api = ? AND kind = ? ORDER BY rowid"


class BrokenState(ValueError):
    """The state file cannot be used; it was left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; it was left as it is: name another file, or move this one away")


class StateFile:
    """An open state file, which no other sandbox can open meanwhile. Raises BrokenState where it is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._base = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except sqlite3.Error as error:
            raise BrokenState(path, f"cannot be opened ({error})") from None
        try:
            self._open()
        except BaseException:
            self._base.close()
            raise
        #: How often the file was opened before: chance must not repeat itself.
        self.generation = self.drawer("sandbox").number("generation")
        self.drawer("sandbox").keep("number", "generation", self.generation + 1)

    def drawer(self, api: str) -> Drawer:
        """Return the part of an API."""
        return Drawer(self, api)

    def close(self) -> None:
        """Let the file go."""
        self._base.close()

    def _open(self) -> None:
        base, path = self._base, self._path
        try:
            base.execute("PRAGMA locking_mode = EXCLUSIVE")
            [mark], [version] = (
                base.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
            )
            empty = not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not (empty and mark == 0) and mark != _MARK:
                raise BrokenState(path, "is the database of another program")
            if mark == _MARK and version != _VERSION:
                raise BrokenState(path, f"was written by another version of the sandbox (format {version})")
            if mark == _MARK and base.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise BrokenState(path, "is damaged")
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            base.execute("BEGIN EXCLUSIVE")
            if mark != _MARK:
                base.execute(_TABLES)
                base.execute(f"PRAGMA application_id = {_MARK}")
                base.execute(f"PRAGMA user_version = {_VERSION}")
            base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            in_use = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            reason = "is used by another sandbox" if in_use else f"cannot be used ({error})"
            raise BrokenState(path, reason) from None
        except sqlite3.DatabaseError:
            raise BrokenState(path, "is no state file of the sandbox") from None

    def keep(self, api: str, kind: str, name: str, thing: object) -> None:
        """Write a thing; None takes it away."""
        if thing is None:
            self._base.execute(_DROP, (api, kind, name))
        else:
            self._base.execute(_KEEP, (api, kind, name, msgspec.json.encode(thing)))

    def things(self, api: str, kind: str, shape: type[_T]) -> dict[str, _T]:
        """Return the things of a kind by their names, in the order in which they first came."""
        try:
            return {
                name: msgspec.json.decode(body, type=shape) for name, body in self._base.execute(_READ, (api, kind))
            }
        except (msgspec.DecodeError, sqlite3.DatabaseError):
            raise BrokenState(self._path, f"is damaged: the {kind} of {api} cannot be read") from None


class Drawer:
    """The part of a state file that belongs to one API."""

    def __init__(self, file: StateFile, api: str) -> None:
        self._file = file
        self._api = api

    def keep(self, kind: str, name: str, thing: object) -> None:
        """Write a thing; None takes it away."""
        self._file.keep(self._api, kind, name, thing)

    def things(self, kind: str, shape: type[_T]) -> dict[str, _T]:
        """Return the things of a kind by their names, in the order in which they first came."""
        return self._file.things(self._api, kind, shape)

    def number(self, name: str) -> int:
        """Return a number, 0 where there is none."""
        return self.things("number", int).get(name, 0)

    def ahead(self) -> float:
        """Return how far the sandbox's clock was ahead of the machine's."""
        return self.things("clock", float).get("ahead", 0.0)

    def keep_ahead(self, now: float) -> None:
        """Write down what the sandbox's clock shows."""
        self.keep("clock", "ahead", now - time.time())
