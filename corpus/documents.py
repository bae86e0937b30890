"""Runs everything over one document."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from codegen.report import Refusal
from corpus.judging import KEY
from corpus.packaging import Package, check_format, check_import, check_same, check_types, generated
from corpus.reading import Files
from corpus.result import Result
from corpus.serving import station
from corpus.trips import Trips


@frozen
class Settings:
    """How much is done for each document."""

    examples: int = 10
    seed: int = 0
    #: Of more operations, and of more events, as many, spread over the document; 0: all of them.
    operations: int = 0
    #: Import it afresh, see to its format, and generate it a second time.
    package: bool = True
    #: Run the type checkers.
    types: bool = False


def run(spec: Path, out: Path, settings: Settings) -> Result:
    """Generate the package of a document into a folder, check it, and make its round trips."""
    result = Result(spec.name)
    started = time.monotonic()
    try:
        package = generated(spec, f"corpus_{re.sub(r'[^0-9a-z]', '_', spec.stem.lower())}", out, result)
        _checks(package, spec, out, settings, result)
        round_trips(package, spec, settings, result)
    except Refusal as refusal:
        result.damage("", "generate", str(refusal))
    except Exception as problem:  # noqa: BLE001 - one document must not end the run
        result.damage("", "run", f"{type(problem).__name__}: {problem}"[:1000])
    result.seconds = time.monotonic() - started
    return result


def round_trips(package: Package, spec: Path, settings: Settings, result: Result) -> None:
    """Make the round trips of a package that was generated from a document, and note them."""
    files = Files(spec.resolve())
    trips = Trips(files, package.document, result, settings.examples, settings.seed, settings.operations)
    asyncio.run(_trips(package, trips))


def _checks(package: Package, spec: Path, out: Path, settings: Settings, result: Result) -> None:
    if settings.package:
        check_import(package, result)
        check_format(package, result)
        check_same(package, spec, out / "again", result)
    if settings.types:
        check_types(package, result)


async def _trips(package: Package, trips: Trips) -> None:
    sys.path.insert(0, str(package.folder.parent))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(package.name)
        events = importlib.import_module(f"{package.name}._generated.events")
        async with station() as served:
            await trips.run(lambda: client_of(module, served.url), served)
        constants = {event.pointer: event.constant for event in package.document.events}
        trips.events({pointer: getattr(events, name).payload() for pointer, name in constants.items()})
    finally:
        sys.path.remove(str(package.folder.parent))


def client_of(module: Any, url: str) -> Any:
    """Return a client of a package, with keys for all that it may be asked for."""
    api = module.Client.api
    schemes: dict[str, Any] = getattr(api, "schemes", {})
    if schemes:
        keys = {name: True if scheme is None else KEY for name, scheme in schemes.items()}
        return module.Client(base_url=url, credentials=keys)
    return module.Client(base_url=url)
