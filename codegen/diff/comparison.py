"""Brings both revisions side by side and sums up what is different.

The older one is what was committed: its documents read by the generator of now, its code as users had it. The other is
the working tree: its documents, and the code that they give whether or not it has been written to src/ yet.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from codegen import ir
from codegen.build import build
from codegen.diff import checkers, surface, wire
from codegen.diff.change import GRADES, Change, Direction
from codegen.diff.fragment import fragments
from codegen.diff.rendering import Comparison
from codegen.diff.revision import Revision, copy, revision
from codegen.diff.surface import Names
from codegen.diff.verdict import verdict, version_of
from codegen.directions import directed
from codegen.generate import Package, generated_package
from codegen.load import load
from codegen.report import Refusal, Report
from codegen.write import differences

COMMAND = "python -m codegen generate"
_SOURCES = ("openapi", f"src/{surface.PACKAGE}", checkers.TESTS.as_posix(), "pyproject.toml")


def compared(root: Path, rev: str | None) -> Comparison:
    """Return everything that users notice between a revision and the working tree."""
    old = revision(root, rev)
    packages = dict(_packages(root))
    with TemporaryDirectory(prefix="codegen-diff-") as scratch:
        then, now = Path(scratch, "then"), Path(scratch, "now")
        copy(old, _SOURCES, then)
        documents = dict(_documents(then, old))
        changes = [change for api in documents | packages for change in _wire(api, documents, packages)]
        more, notes = _python(root, then, now, documents, packages)
        version = version_of(then / "src")
    changes = sorted([*changes, *_unsaid(changes, more)], key=lambda change: GRADES.index(change.grade))
    return Comparison(str(old), changes, verdict(changes, version), fragments(changes), notes)


def _packages(root: Path) -> Iterator[tuple[str, Package]]:
    for spec in _specs(root):
        report = Report()
        package = generated_package(load(spec, f"openapi/{spec.name}"), COMMAND, report)
        for finding in report.of("error"):
            raise Refusal(finding.where, finding.why)
        yield spec.stem, package


def _documents(tree: Path, source: Revision) -> Iterator[tuple[str, ir.Document]]:
    """Yield the documents of the older revision; what its code lacked is no matter now."""
    for spec in _specs(tree):
        try:
            yield spec.stem, directed(build(load(spec, f"openapi/{spec.name}"), Report()))
        except Refusal as refusal:
            raise Refusal(f"{source}: {refusal.where}", refusal.why) from None


def _specs(tree: Path) -> list[Path]:
    return sorted((tree / "openapi").glob("*.yaml"))


def _wire(api: str, old: Mapping[str, ir.Document], new: Mapping[str, Package]) -> list[Change]:
    if api not in new:
        return [Change("breaking", "is gone: the whole API", api, f"openapi/{api}.yaml")]
    if api not in old:
        return [Change("addition", "is a new API", api, f"openapi/{api}.yaml")]
    return wire.compare(old[api], new[api].document, api)


def _python(
    root: Path, then: Path, now: Path, old: Mapping[str, ir.Document], new: Mapping[str, Package]
) -> tuple[list[Change], list[str]]:
    if not all((tree / "src" / surface.PACKAGE / "__init__.py").is_file() for tree in (root, then)):
        return [], [f"Python: there is no `src/{surface.PACKAGE}` in both"]
    stale = _lay_out(root, then, now, new)
    notes = (
        [f"the code as it lies in {', '.join(stale)}: it is not what the documents give, run `{COMMAND}`"]
        if stale
        else []
    )
    names = [_names(api, old[api], new[api].document) for api in old if api in new]
    checked = checkers.compare(then, now)
    return [*surface.compare(then / "src", now / "src", names), *checked.changes], [*notes, *checked.notes]


def _lay_out(root: Path, then: Path, now: Path, packages: Mapping[str, Package]) -> list[str]:
    """Copy the code of now, with what the documents give, beside the older tests; return what is stale in `src`."""
    stale: list[str] = []
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "src" / surface.PACKAGE, now / "src" / surface.PACKAGE, ignore=ignored)
    for api, package in packages.items():
        inside = Path("src", surface.PACKAGE, api, "_generated")
        if differences(root / inside, package.files):
            stale.append(f"`{inside.as_posix()}`")
        shutil.rmtree(now / inside, ignore_errors=True)
        for name, text in package.files.items():
            (now / inside / name).parent.mkdir(parents=True, exist_ok=True)
            (now / inside / name).write_text(text, "utf-8", newline="\n")
    if (then / checkers.TESTS).is_dir():
        shutil.copytree(then / checkers.TESTS, now / checkers.TESTS)
    if (then / "pyproject.toml").is_file():
        shutil.copyfile(then / "pyproject.toml", now / "pyproject.toml")
    return stale


def _names(api: str, old: ir.Document, new: ir.Document) -> Names:
    groups = {group.class_name: group.name for document in (old, new) for group in document.groups}
    travels: dict[str, frozenset[Direction]] = {}
    for document in (old, new):
        for name, directions in wire.directions(document).items():
            travels[name] = travels.get(name, frozenset()) | directions
    return Names(api, groups, travels)


def _unsaid(said: list[Change], more: list[Change]) -> list[Change]:
    """Return the changes of Python that the wire does not account for: another grade, or another name."""
    known = {(change.grade, change.name) for change in said}
    return [change for change in more if (change.grade, change.name) not in known]
