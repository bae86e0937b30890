"""Knit Python from OpenAPI documents.

`generate` alone writes the code of every document in openapi/ to src/reknit/<its name>/_generated; with a document, a
package of its own. `check` writes nothing: it says whether the committed code is what the documents give.
`diff` says what users notice of the documents' changes since a revision. `drift` says what changed on the pages that
the documents were written from.
"""

from __future__ import annotations

import argparse
import gc
import keyword
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

try:
    from codegen.copies import FOLDER, is_stale, write_copy
    from codegen.diff import command as diff
    from codegen.drift import command as drift
    from codegen.generate import client_package, generated_package
    from codegen.load import line_of, load
    from codegen.references import parse_pointer
    from codegen.report import Refusal, Report
    from codegen.validation import validate
    from codegen.write import differences, write
except ModuleNotFoundError as missing:
    print(f"python -m codegen needs {missing.name}: install it, or run `nox -s generate`, which does", file=sys.stderr)
    raise SystemExit(2) from None

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m codegen generate"
_EXIT_CODES = "Exit codes: 0 done; 1 the code differs, or would not be complete; 2 the input cannot be used."


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command and return its exit code: 0 done, 1 the code differs or is incomplete, 2 bad input."""
    options = _parser().parse_args(arguments)
    options.root = root
    try:
        code: int = options.run(options)
    except Refusal as refusal:
        print(_with_line(refusal.where, str(refusal), getattr(options, "spec", None)), file=sys.stderr)
        return 2
    except RecursionError:
        print(f"{getattr(options, 'spec', None) or 'a document'}: refers or nests too deeply", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m codegen",
        description=__doc__,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    generate = commands.add_parser(
        "generate", help="write the code that the documents give", description="Write code.", epilog=_EXIT_CODES
    )
    generate.add_argument("spec", metavar="SPEC", type=Path, nargs="?", help="any OpenAPI 3.0 or 3.1 document")
    generate.add_argument("--package", metavar="NAME", help="the name of the package that is made of SPEC")
    generate.add_argument("--out", metavar="DIR", type=Path, help="where the package goes: DIR/NAME")
    generate.add_argument(
        "--allow-incomplete", action="store_true", help="write even if an operation cannot come out as it should"
    )
    generate.add_argument("--allow-outside", action="store_true", help="follow a $ref to a file outside SPEC's folder")
    generate.set_defaults(run=_generate)
    check = commands.add_parser(
        "check", help="exit 1 and name the files that are not what the documents give", epilog=_EXIT_CODES
    )
    check.set_defaults(run=_check)
    diff.add_to(commands)
    drift.add_to(commands)
    return parser


def _generate(options: argparse.Namespace) -> int:
    if options.spec is None:
        if options.package or options.out:
            raise Refusal("generate", "--package and --out go with a document: generate SPEC --package NAME --out DIR")
        return max([_generate_api(options, spec, folder) for spec, folder in _apis(options.root)], default=0)
    if not options.package or not options.out:
        raise Refusal("generate", "a document needs --package NAME and --out DIR")
    name: str = options.package
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Refusal("--package", f"{name!r} is not a name that Python can import")
    report = Report()
    command = f"{COMMAND} {options.spec.name} --package {name}"
    source = load(options.spec)
    package = client_package(source, name, command, report, allow_outside=options.allow_outside)
    validate(source, report)
    return _finish(options, report, options.out / name, package.files, str(options.out / name))


def _generate_api(options: argparse.Namespace, spec: Path, folder: Path) -> int:
    report = Report()
    source = load(spec, f"openapi/{spec.name}")
    package = generated_package(source, COMMAND, report)
    validate(source, report)
    code = _finish(options, report, folder, package.files, folder.relative_to(options.root).as_posix())
    if code == 0:
        write_copy(options.root, source)
    return code


def _finish(options: argparse.Namespace, report: Report, folder: Path, files: dict[str, str], label: str) -> int:
    for finding in report:
        print(_with_line(finding.where, str(finding), options.spec), file=sys.stderr)
    if report.incomplete and not options.allow_incomplete:
        print(f"{label}: nothing written; --allow-incomplete goes on without what is named above", file=sys.stderr)
        return 1
    try:
        changed = write(folder, files)
    except OSError as problem:
        raise Refusal(str(folder), f"nothing written: {problem.strerror}: {problem.filename}") from None
    print(f"{label}: {'written' if changed else 'unchanged'}")
    return 0


def _check(options: argparse.Namespace) -> int:
    stale = 0
    for spec, folder in _apis(options.root):
        source = load(spec, f"openapi/{spec.name}")
        package = generated_package(source, COMMAND, Report())
        if is_stale(options.root, source):
            stale += 1
            path = (FOLDER / f"{spec.stem}.json").as_posix()
            print(f"{path} is not what openapi/{spec.name} gives: run `{COMMAND}`", file=sys.stderr)
        for name in differences(folder, package.files):
            stale += 1
            path = (folder / name).relative_to(options.root).as_posix()
            print(f"{path} is not what openapi/{spec.name} gives: run `{COMMAND}`", file=sys.stderr)
    return 1 if stale else 0


def _apis(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each document of `openapi/` with the directory that its code goes to."""
    for spec in sorted((root / "openapi").glob("*.yaml")):
        yield spec, root / "src" / "reknit" / spec.stem / "_generated"


def _with_line(where: str, message: str, spec: Path | None) -> str:
    """Return a message about a place in a document with the number of its line, where that can be told."""
    name, _, pointer = where.partition("#")
    if not pointer or spec is None or name != spec.name:
        return message
    line = line_of(spec, parse_pointer(pointer))
    return message.replace(f"{name}#", f"{name}:{line}#", 1) if line else message


if __name__ == "__main__":
    # What is made of a document stays until the end: looking through it for cycles takes a quarter of the time.
    gc.set_threshold(100_000)
    sys.exit(main())
