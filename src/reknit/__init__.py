"""One async SDK for four HTTP APIs: `reknit.rezi`, `reknit.rezolve`, `reknit.refonte`, `reknit.relays`.

Import the API that you call (`from reknit import rezolve`); nothing of the others is loaded.
"""

from __future__ import annotations

from . import errors
from .options import UNSET, RateLimit, RequestOptions, Retry

__all__ = ["UNSET", "RateLimit", "RequestOptions", "Retry", "__version__", "errors"]

__version__ = "0.1.0"
