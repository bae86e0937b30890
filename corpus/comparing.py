"""When two JSON values are equal: by number value, and by instant where both are times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

_MICROSECOND = timedelta(microseconds=1)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def instant(text: str) -> datetime | None:
    """Return the instant that a text of RFC 3339 names, to the microsecond; None where Python has none for it."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    day, hour, second, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{day}T{hour}{second}{(fraction or '.0')[:7]:0<7}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_time(text: str) -> bool:
    """Return whether a text has the form of RFC 3339's date-time (which a leap second has too)."""
    return _TIME.fullmatch(text) is not None


def no_time_of_python(value: Any) -> str | None:
    """Return why a text is a time of RFC 3339 for which Python has no value; None where it is none, or has one."""
    if not isinstance(value, str):
        return None
    found = _TIME.fullmatch(value)
    if found is not None and instant(value) is None:
        return "a leap second" if found[3] == "60" else "a time outside of the years 1 to 9999"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "a date outside of the years 1 to 9999"
    return None


def difference(expected: Any, got: Any, path: str = "") -> str | None:
    """Return where and how two JSON values differ, or None where they are equal."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return _in_objects(expected, got, path)
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return f"{path or '/'}: {len(expected)} items became {len(got)}"
        pairs = enumerate(zip(expected, got, strict=True))
        return next((found for index, pair in pairs if (found := difference(*pair, f"{path}/{index}"))), None)
    return None if _same(expected, got) else f"{path or '/'}: {expected!r} became {got!r}"


def _in_objects(expected: dict[str, Any], got: dict[str, Any], path: str) -> str | None:
    for name in dict.fromkeys([*expected, *got]):
        step = f"{path}/{name}"
        if name not in got:
            return f"{step}: {expected[name]!r} was lost"
        if name not in expected:
            return f"{step}: {got[name]!r} was added"
        if found := difference(expected[name], got[name], step):
            return found
    return None


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return same_number(expected, got)
    if isinstance(expected, str) and isinstance(got, str) and expected != got:
        moment, other = instant(expected), instant(got)
        return moment is not None and other is not None and abs(moment - other) <= _MICROSECOND
    return type(expected) is type(got) and bool(expected == got)


def same_number(one: float, other: float) -> bool:
    """Return whether two numbers are equal; as doubles, which JSON promises (RFC 8259 §6), where one of them is one."""
    if one == other:
        return True
    try:
        return isinstance(one, float) != isinstance(other, float) and float(one) == float(other)
    except OverflowError:
        return False
