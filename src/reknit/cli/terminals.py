"""What the environment says of the terminal, for what must not import more than that."""

from __future__ import annotations

import os

__all__ = ["is_plain"]


def is_plain() -> bool:
    """Return whether no terminal is to get colours: `NO_COLOR` is set, or `TERM` is `dumb`."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
