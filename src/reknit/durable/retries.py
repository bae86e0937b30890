"""When a letter is tried again, and when it no longer is."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from attrs import field, frozen

from ..errors import ConfigurationError
from ..runtime.backing_off import full_jitter

__all__ = ["Retries"]

_DAY = 86_400.0


@frozen(kw_only=True)
class Retries:
    """How often a letter is tried, and how patiently.

    Before try n + 1 it waits up to `base` × 2ⁿ⁻¹ seconds, at most `cap`, evenly drawn between half of that and all of
    it. A try whose worker died counts. After `tries` it is a dead letter.
    """

    tries: int = field(default=10)
    base: float = field(default=1.0)
    cap: float = field(default=600.0)

    def __attrs_post_init__(self) -> None:
        if self.tries < 1:
            raise ConfigurationError(f"tries={self.tries}: a letter is tried at least once")
        for name, value in (("base", self.base), ("cap", self.cap)):
            if not (isfinite(value) and 0 <= value <= _DAY):
                raise ConfigurationError(f"{name}={value}: a wait is 0 to {_DAY:.0f} seconds")

    def wait(self, tried: int, chance: Callable[[], float]) -> float | None:
        """Return the seconds before the next try, None where there is none; `chance` gives numbers in [0, 1)."""
        if tried >= self.tries:
            return None
        half = min(self.cap, self.base * 2.0 ** min(tried - 1, 64)) / 2
        return half + full_jitter(half, chance)
