"""Whole numbers as they are typed: cyclopts would round 1.7 to 2, and read 0x10 as 16."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts import Token

__all__ = ["whole"]


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """Return the whole number that was typed. Raises ValueError for anything else."""
    text = tokens[-1].value
    if re.fullmatch(r"[+-]?[0-9]{1,20}", text) is None:
        raise ValueError(f"{tokens[-1].keyword or 'NUMBER'}: {text!r} is no whole number")
    return int(text)
