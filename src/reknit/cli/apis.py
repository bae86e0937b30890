"""The APIs that can be called, for what must not import them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["APIS"]

#: The name of each, and what it is.
APIS: Final[Mapping[str, str]] = {
    "rezi": "Rezi: users, resumes, plans.",
    "rezolve": "Rezolve Integration Hub: tools of connected systems, with approvals.",
    "refonte": "Refonte.AI: labelling tasks, batches, projects, files, teams.",
    "relays": "Relays: relay sessions of games.",
}
