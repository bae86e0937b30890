"""Prints the table of round trips: `python -m corpus [FOLDER or FILE …]`.

Without a path it runs over the documents of this repository, and those of the folder that REKNIT_CORPUS names.
Exit codes: 0 nothing failed, 1 something did, 2 there is nothing to run over.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from attrs import evolve

from corpus.documents import Settings, run
from corpus.result import Finding, Result

ROOT = Path(__file__).resolve().parent.parent
_HEAD = ("document", "operations", "schemas", "passed", "failed", "listed", "package", "seconds")
_VERSION = re.compile(rb"""^\s*\{?\s*["']?openapi["']?\s*:""", re.MULTILINE)
#: What `--quick` makes do with: values of each schema, and bytes of a document.
_FEW = 3
_SMALL = 60_000
_ENDINGS = (".yaml", ".yml", ".json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run over the documents, print the table, return the exit code."""
    options = _parser().parse_args(arguments)
    specs = [spec for spec in documents(options.paths or usual()) if options.only in spec.name]
    examples = options.examples
    if options.quick:
        specs = [spec for spec in specs if spec.stat().st_size <= _SMALL]
        examples = min(examples, _FEW)
    if not specs:
        print("there is no document to run over", file=sys.stderr)
        return 2
    types = options.types and not options.quick
    settings = Settings(examples, options.seed, options.operations, package=not options.quick, types=types)
    results: list[Result] = []
    print(_line(_HEAD))
    with tempfile.TemporaryDirectory() as out:
        for result in _results(specs, Path(options.keep or out), settings, options.jobs):
            print(_line(_row(result)), flush=True)
            results.append(result)
    print(_line(_totals(results)))
    _explain(results, verbose=options.verbose)
    return 0 if all(result.good for result in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m corpus", description=__doc__)
    parser.add_argument("paths", metavar="PATH", type=Path, nargs="*", help="documents, or folders of them")
    parser.add_argument("--only", metavar="TEXT", default="", help="only documents whose name holds this")
    parser.add_argument("--examples", metavar="N", type=int, default=10, help="values of each schema (10)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="another seed gives other values (0)")
    parser.add_argument("--operations", metavar="N", type=int, default=0, help="of each document at most so many (all)")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="documents at a time")
    parser.add_argument(
        "--quick", action="store_true", help="small documents, few values, and nothing about the packages"
    )
    parser.add_argument("--types", action="store_true", help="run mypy --strict and pyright over each package too")
    parser.add_argument("--keep", metavar="DIR", help="leave the packages there")
    parser.add_argument("--verbose", action="store_true", help="print every finding, whole")
    return parser


def usual() -> list[Path]:
    """Return the folders that are run over where none is named; say where the one of others' documents is missing."""
    found = [ROOT / "tests" / "codegen" / "specs", ROOT / "openapi"]
    named = os.environ.get("REKNIT_CORPUS")
    if named and Path(named).is_dir():
        return [*found, Path(named)]
    missing = f"{named} is no folder" if named else "REKNIT_CORPUS names no folder"
    print(f"{missing}: only the documents of this repository\n", file=sys.stderr)
    return found


def documents(paths: Sequence[Path]) -> list[Path]:
    """Return the documents that are named, and those of the folders that are named."""
    found: list[Path] = []
    for path in paths:
        found += sorted(filter(_is_document, path.iterdir())) if path.is_dir() else [path]
    return found


def _is_document(path: Path) -> bool:
    return path.suffix in _ENDINGS and bool(_VERSION.search(path.read_bytes()))


def _results(specs: list[Path], out: Path, settings: Settings, jobs: int) -> Iterator[Result]:
    """Yield the results as they come; each document has a process of its own, so that none can disturb another."""
    os.environ["PYTHONHASHSEED"] = "0"  # what the values depend on
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting: dict[Future[Result], Path] = {
            pool.submit(run, spec, out / f"{index}", evolve(settings)): spec for index, spec in enumerate(specs)
        }
        for future in as_completed(waiting):
            problem = future.exception()
            if problem is None:
                yield future.result()
            else:
                lost = Result(waiting[future].name)
                lost.damage("", "run", f"its process ended: {problem}")
                yield lost


def _row(result: Result) -> tuple[str, ...]:
    counts = result.operations, result.schemas, result.passed, len(result.failures), len(result.listed)
    package = "ok" if not result.package else ", ".join(dict.fromkeys(item.subject for item in result.package))
    return (result.document, *map(str, counts), package, f"{result.seconds:.1f}")


def _totals(results: list[Result]) -> tuple[str, ...]:
    rows = [_row(result) for result in results]
    sums = [str(sum(int(row[column]) for row in rows)) for column in range(1, 6)]
    good = sum(not result.package for result in results)
    return (f"{len(results)} documents", *sums, f"{good} ok", f"{sum(result.seconds for result in results):.1f}")


def _line(cells: Sequence[str]) -> str:
    name, *numbers, package, seconds = cells
    return f"{name[:36]:36}" + "".join(f"{number:>11}" for number in numbers) + f"  {package[:28]:28}{seconds:>8}"


def _explain(results: list[Result], *, verbose: bool) -> None:
    """Print what failed, then what is listed: by reason, unless everything is wanted."""
    for title, findings in (
        ("Packages", [item for result in results for item in result.package]),
        ("Failed", [item for result in results for item in result.failures]),
        ("Listed", [item for result in results for item in result.listed]),
    ):
        if findings:
            print(f"\n{title}: {len(findings)}")
            for line in _whole(findings) if verbose else _short(findings, whole=title != "Listed"):
                print(line)


def _whole(findings: list[Finding]) -> Iterator[str]:
    for item in findings:
        yield f"- {item.document} {item.pointer} {item.subject}\n    {item.reason}\n    {item.value}"


def _short(findings: list[Finding], *, whole: bool) -> Iterator[str]:
    """Yield one line for all findings of one place, or, where the place is of no interest, of one reason."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for item in findings:
        key = (item.document, item.pointer, item.subject) if whole else (item.document, item.reason)
        groups.setdefault(key, []).append(item)
    for group in groups.values():
        first = group[0]
        count = f" ({len(group)} x)" if len(group) > 1 else ""
        value = f" | {first.value[:160]}" if first.value not in ("", "None") else ""
        where = f"{first.pointer} {first.subject}".strip()
        yield f"- {first.document} {where}{count}: {first.reason[:300]}{value if whole else ''}"


if __name__ == "__main__":
    sys.exit(main())
