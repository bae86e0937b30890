"""What users do with each API, told so that every operation and every answer that the sandbox gives comes up."""

from __future__ import annotations

from tests.contract.stage import Story
from tests.contract.stories import refonte, relays, rezi, rezolve

STORIES: dict[str, tuple[Story, ...]] = {
    "refonte": refonte.STORIES,
    "relays": relays.STORIES,
    "rezi": rezi.STORIES,
    "rezolve": rezolve.STORIES,
}
