"""What an independent validator has to say of a document: notes, never a reason to refuse it.

openapi-spec-validator refuses a third of the good documents that real APIs publish; what prevents a correct operation
is for `build` to find. Its findings still help whoever writes a document by hand.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from codegen.load import Source
from codegen.report import Report

__all__ = ["validate"]

_MOST = 20
_LARGEST = 2**20  # bytes: it takes minutes over documents of many megabytes


def validate(source: Source, report: Report) -> None:
    """Add the validator's findings to the report, as notes; say nothing of documents that are not OpenAPI 3 or huge."""
    document: Any = source.value
    if not isinstance(document, dict) or source.path.stat().st_size > _LARGEST:
        return
    try:
        for count, error in enumerate(
            _validator(source)(document, base_uri=source.path.resolve().as_uri()).iter_errors()
        ):
            if count == _MOST:
                report.note(source.name, "openapi-spec-validator has more to say")
                return
            pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.absolute_path)
            report.note(f"{source.name}#{pointer}", f"openapi-spec-validator: {error.message}")
    except Exception as error:  # noqa: BLE001 - a document that it cannot walk is for the passes to judge
        report.note(source.name, f"openapi-spec-validator stopped: {type(error).__name__}: {error}")


def _validator(source: Source) -> Any:
    """Return the class that validates a version of OpenAPI. It is slow to import, and `check` does not need it.

    Where `requests` is installed it would be loaded too, a quarter of what the validator takes; there is nothing to
    fetch here. Where `jsonschema-rs` is, the notes would be other ones: they are the same on every machine.
    """
    os.environ.setdefault("OPENAPI_SPEC_VALIDATOR_SCHEMA_VALIDATOR_BACKEND", "jsonschema")
    modules: dict[str, Any] = sys.modules
    keep_out = "requests" not in modules
    if keep_out:
        modules["requests"] = None  # an import of it fails, which the validator is ready for
    try:
        from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # noqa: PLC0415
    finally:
        if keep_out:
            del modules["requests"]
    return OpenAPIV30SpecValidator if source.is_3_0 else OpenAPIV31SpecValidator
