"""One async SDK for four HTTP APIs: `reknit.rezi`, `reknit.rezolve`, `reknit.refonte`, `reknit.relays`.

Import the API that you call (`from reknit import rezolve`); nothing of the others is loaded. What is named here loads
when it is first asked for: the command line and the pytest plugin begin without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors
    from .options import UNSET, RateLimit, RequestOptions, Retry

__all__ = ["UNSET", "RateLimit", "RequestOptions", "Retry", "__version__", "errors"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - most imports of the package need no more than its name

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = (
        import_module(f"{__name__}.errors") if name == "errors" else getattr(import_module(f"{__name__}.options"), name)
    )
    globals()[name] = value
    return value
