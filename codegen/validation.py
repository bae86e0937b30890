"""What an independent validator has to say of a document: notes, never a reason to refuse it.

openapi-spec-validator refuses a third of the good documents that real APIs publish; what prevents a correct operation
is for `build` to find. Its findings still help whoever writes a document by hand.
"""

from __future__ import annotations

from typing import Any

from codegen.load import Source
from codegen.report import Report

__all__ = ["validate"]

_MOST = 20
_LARGEST = 2**20  # bytes: it takes minutes over documents of many megabytes


def validate(source: Source, report: Report) -> None:
    """Add the validator's findings to the report, as notes; say nothing of documents that are not OpenAPI 3 or huge."""
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # noqa: PLC0415 - slow

    document: Any = source.value
    if not isinstance(document, dict) or source.path.stat().st_size > _LARGEST:
        return
    validator = OpenAPIV30SpecValidator if source.is_3_0 else OpenAPIV31SpecValidator
    try:
        for count, error in enumerate(validator(document, base_uri=source.path.as_uri()).iter_errors()):
            if count == _MOST:
                report.note(source.name, "openapi-spec-validator has more to say")
                return
            pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.absolute_path)
            report.note(f"{source.name}#{pointer}", f"openapi-spec-validator: {error.message}")
    except Exception as error:  # noqa: BLE001 - a document that it cannot walk is for the passes to judge
        report.note(source.name, f"openapi-spec-validator stopped: {type(error).__name__}: {error}")
