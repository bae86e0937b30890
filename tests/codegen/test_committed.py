"""The four APIs: what is committed under src/ is what openapi/ gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.__main__ import COMMAND
from codegen.copies import is_stale
from codegen.generate import generated_package
from codegen.load import load
from codegen.report import Report
from codegen.write import differences

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "openapi").glob("*.yaml"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_committed_code_is_what_the_document_gives(spec: Path) -> None:
    report = Report()
    package = generated_package(load(spec, f"openapi/{spec.name}"), COMMAND, report)
    assert differences(ROOT / "src" / "reknit" / spec.stem / "_generated", package.files) == ()
    assert list(report) == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_sandboxs_copy_is_what_the_document_says(spec: Path) -> None:
    assert not is_stale(ROOT, load(spec))


def test_there_are_four() -> None:
    assert [spec.stem for spec in SPECS] == ["refonte", "relays", "rezi", "rezolve"]
