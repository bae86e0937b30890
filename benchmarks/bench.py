"""Measure what a call through reknit costs, against the same work with plain aiohttp in the same run.

Client CPU time, not the wall clock: the server is another process, and waiting costs nothing. Both sides take turns in
blocks, so that what else the machine does hits both; each round gives one ratio, and the median of the rounds counts.
`python benchmarks/bench.py` prints the table and exits with 1 when a bound is missed; `--write` also puts it into
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import receiver
from workloads import SIDES, Call, allow_many_sockets

HERE = Path(__file__).resolve().parent
IN_FLIGHT = 1000


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure that must not exceed its bound; one without a bound is there to be known."""

    what: str
    bound: float | None
    figure: float
    unit: str
    detail: str

    @property
    def met(self) -> bool:
        """Whether the figure is within its bound."""
        return self.bound is None or self.figure <= self.bound


@contextmanager
def serving() -> Iterator[str]:
    """Run the server in a process of its own and yield its URL."""
    server = subprocess.Popen([sys.executable, HERE / "server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait(timeout=10)


async def _block(call: Call, calls: int) -> float:
    """Return the CPU seconds that one call takes, over a block of them, garbage collection as it comes included."""
    gc.collect()
    start = time.process_time()
    for _ in range(calls):
        await call()
    return (time.process_time() - start) / calls


async def _interleaved(first: Call, second: Call, rounds: int, calls: int) -> tuple[list[float], list[float]]:
    """Measure two calls in turns; which of them begins changes from round to round."""
    for call in (first, second):
        await _block(call, calls)  # connections, caches, modules that load at first use
    gc.freeze()  # what has been imported is not to be looked through at every collection, on neither side
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 else (1, 0):
            costs[side].append(await _block((first, second)[side], calls))
    gc.unfreeze()
    return costs


async def calls(url: str, rounds: int) -> list[Row]:
    """Measure the small call and the large ones."""
    async with SIDES["ours"](url) as mine, SIDES["plain"](url) as theirs:
        execute = await _interleaved(mine.execute, theirs.execute, rounds, 200)
        tools = await _interleaved(mine.tools, theirs.tools, rounds, 30)
        tasks = await _interleaved(mine.tasks, theirs.tasks, rounds, 30)
    return [
        _ratio("small call: execute a tool, 175 bytes", 1.0, *execute),
        _ratio("large answer: 200 tools, 109 KB", 0.75, *tools),
        _ratio("large answer: 200 tasks with times, 109 KB", None, *tasks),
    ]


def _ratio(what: str, bound: float | None, mine: list[float], theirs: list[float]) -> Row:
    each = sorted(a / b for a, b in zip(mine, theirs, strict=True))
    quarter = len(each) // 4
    detail = f"{median(mine) * 1e6:.0f} against {median(theirs) * 1e6:.0f} µs"
    spread = f"middle half {each[quarter]:.3f} to {each[-quarter - 1]:.3f}"
    return Row(what, bound, median(each), "×", f"{detail}; {spread}")


_IMPORT = """
import sys, time
sys.path.insert(0, {here!r})
start = time.process_time()
import {module}
spent = time.process_time() - start
from workloads import peak_kib
print(spent, peak_kib(), ",".join(sorted(sys.modules)))
"""


def _import(module: str) -> tuple[float, float, set[str]]:
    """Import a module in a fresh interpreter; return CPU seconds, peak MiB, and the names of what was loaded."""
    program = _IMPORT.format(here=str(HERE), module=module)
    seconds, kib, loaded = _run("-c", program).split()
    return float(seconds), int(kib) / 1024, set(loaded.split(","))


def imports(rounds: int) -> list[Row]:
    """Measure `import reknit.rezolve` against `import aiohttp`."""
    mine, theirs = [_import("reknit.rezolve")], [_import("aiohttp")]  # the first of each writes bytecode: not counted
    for number in range(rounds):
        for module, into in ((("reknit.rezolve", mine), ("aiohttp", theirs)))[:: 1 if number % 2 else -1]:
            into.append(_import(module))
    cpu = [median(seconds for seconds, _, _ in side[1:]) for side in (mine, theirs)]
    peak = [median(mib for _, mib, _ in side[1:]) for side in (mine, theirs)]
    others = {"reknit.rezi", "reknit.refonte", "reknit.relays"} & mine[-1][2]
    each = median(a[0] / b[0] for a, b in zip(mine[1:], theirs[1:], strict=True))
    return [
        Row("import reknit.rezolve: CPU", 1.2, each, "×", f"{cpu[0] * 1e3:.0f} ms against {cpu[1] * 1e3:.0f} ms"),
        Row(
            "import reknit.rezolve: peak memory",
            5,
            peak[0] - peak[1],
            " MiB more",
            f"{peak[0]:.1f} against {peak[1]:.1f} MiB",
        ),
        Row("import reknit.rezolve: other APIs loaded", 0, len(others), "", ", ".join(sorted(others)) or "none"),
    ]


def in_flight(url: str, rounds: int) -> list[Row]:
    """Measure the peak memory of a process with 1,000 calls in flight; the server tells how many really were."""
    what = f"{IN_FLIGHT:,} calls in flight: peak memory"
    peaks: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        for side, figures in peaks.items():
            try:
                kib = _run(str(HERE / "workloads.py"), side, f"{url}/gate/{IN_FLIGHT}", str(IN_FLIGHT))
            except subprocess.CalledProcessError:
                kib = "0"
            with urlopen(f"{url}/most") as answer:
                most = int(answer.read())
            if most != IN_FLIGHT:
                return [Row(what, 1.15, float("inf"), "×", f"{side}: only {most} were in flight")]
            figures.append(int(kib) / 1024)
    mine, theirs = median(peaks["ours"]), median(peaks["plain"])
    return [Row(what, 1.15, mine / theirs, "×", f"{mine:.1f} against {theirs:.1f} MiB")]


def callbacks(rounds: int) -> list[Row]:
    """Measure a receiver against a handler that parses JSON alone: 0.8 of its requests are 1.25 of its time."""
    costs = asyncio.run(receiver.costs(rounds))
    return [_ratio("callback: verified, decoded and handled", 1.25, *costs)]


def _run(*arguments: str) -> str:
    # Installed packages have their bytecode. A checkout has it from its first run on, if the environment lets it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True, timeout=120, env=environment
    )
    return done.stdout.strip()


def table(rows: list[Row]) -> str:
    """Write the rows as a Markdown table, aligned so that it also reads well on a terminal."""
    head = ("what", "bound", "figure", "", "")
    lines = [(row.what, _bound(row), f"{row.figure:.3g}{row.unit}", _verdict(row), row.detail) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *lines, strict=True)]
    cells = [head, tuple("-" * width for width in widths), *lines]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    )


def _bound(row: Row) -> str:
    return "–" if row.bound is None else f"≤ {row.bound:g}{row.unit}"


def _verdict(row: Row) -> str:
    return "" if row.bound is None else "ok" if row.met else "MISSED"


def machine() -> str:
    """Name what the figures were made with."""
    names = ("aiohttp", "attrs", "cattrs", "msgspec")
    return (
        f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores; "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )


def write(text: str, what: str = "figures") -> None:
    """Put the table between its marks in benchmarks/README.md."""
    page = HERE / "README.md"
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {what} -->\n")
    _, end, after = rest.partition(f"<!-- end of {what} -->\n")
    if not (mark and end):
        raise SystemExit("benchmarks/README.md has lost its marks")
    page.write_text(f"{before}{mark}\n{text}\n\n{end}{after}", encoding="utf-8")


def main() -> int:
    """Measure, print, and return 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument(
        "--only", choices=["calls", "callbacks", "imports", "in-flight"], action="append", help="measure this alone"
    )
    parser.add_argument(
        "--rounds", type=int, default=60, help="rounds of the calls; the others take a share (default 60)"
    )
    parser.add_argument("--write", action="store_true", help="also put the table into benchmarks/README.md")
    options = parser.parse_args()
    allow_many_sockets()
    with serving() as url:
        measures: dict[str, Callable[[], list[Row]]] = {
            "calls": lambda: asyncio.run(calls(url, options.rounds)),
            "callbacks": lambda: callbacks(options.rounds),
            "imports": lambda: imports(max(5, options.rounds // 2)),
            "in-flight": lambda: in_flight(url, max(3, options.rounds // 12)),
        }
        rows = [
            row for name, measure in measures.items() if not options.only or name in options.only for row in measure()
        ]
    text = f"{machine()}\n\n{table(rows)}"
    print(text)
    if options.write:
        write(text)
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
