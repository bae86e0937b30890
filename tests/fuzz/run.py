"""Run schemathesis against a running sandbox, once with each API's contract, then what it has no part in.

`nox -s fuzz` runs this; `nox -s fuzz -- --help` says what it takes. All phases, all checks. Exit code 1 where anything
was found: a failed check, an operation that never succeeded, no scenario of several calls, an answer that the sandbox
itself calls forbidden, an error that it logged. `control` stands for the sandbox's own endpoints and the events, which
schemathesis ignores: `test_control.py` and `test_events.py`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KEY = "fuzz_key"
CREDENTIALS = {
    "refonte": f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}",  # first, because it takes longest
    "relays": f"token {KEY}",
    "rezi": f"Bearer {KEY}",
    "rezolve": f"Bearer {KEY}",
}
CONTROL = "control"
#: How often schemathesis is run for the sake of more scenarios.
MOST_TURNS = 8


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    parts: list[str]
    examples: int
    seed: int
    verbose: bool


@dataclass(frozen=True)
class Result:
    """What a part came to: one line of summary, what is wrong, and what was printed on the way."""

    summary: str
    problems: list[str]
    output: str


@dataclass(frozen=True)
class Run:
    """One run of schemathesis: its exit code, its report (None where it did not run), and what it printed."""

    code: int
    report: dict[str, Any] | None
    scenarios: int
    output: str

    def problems(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        phases = {} if self.report is None else self.report["phases"]
        found = [
            f"the phase {name} ended in {phase['status']}"
            for name, phase in phases.items()
            if phase["status"] not in ("success", "skip")
        ]
        return found or ([f"schemathesis ended with exit code {self.code}"] if self.code or not phases else [])


def main() -> int:
    wanted = _wanted()
    print(f"the same again: nox -s fuzz -- --seed {wanted.seed} --max-examples {wanted.examples}", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(_control if part == CONTROL else _api, part, wanted) for part in wanted.parts]
        results = [run.result() for run in runs]
    for result in results:
        if result.problems or wanted.verbose:
            print(f"\n{result.output}", *result.problems, sep="\n")
    print(*(result.summary for result in results), sep="\n")
    return int(any(result.problems for result in results))


def _wanted() -> Wanted:
    parser = argparse.ArgumentParser(prog="nox -s fuzz --", description="Fuzz a running sandbox.")
    parser.add_argument("part", nargs="*", help=f"only these of {', '.join([*CREDENTIALS, CONTROL])}")
    parser.add_argument("--max-examples", type=int, default=60, help="cases of each operation and phase (60)")
    parser.add_argument("--seed", type=int, help="which cases (others each time)")
    parser.add_argument("--verbose", action="store_true", help="print everything, and how each operation was answered")
    given = parser.parse_args()
    parts = [*CREDENTIALS, CONTROL]
    if unknown := [part for part in given.part if part not in parts]:
        parser.error(f"there is no {unknown[0]!r}; there are {', '.join(parts)}")
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    return Wanted(given.part or parts, given.max_examples, seed, given.verbose)


def _control(part: str, wanted: Wanted) -> Result:
    started = time.monotonic()
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "fuzz", f"--hypothesis-seed={wanted.seed}"]
    environment = {**os.environ, "REKNIT_FUZZ_EXAMPLES": str(wanted.examples)}
    run = subprocess.run(
        [sys.executable, *command, str(HERE)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    problems = [f"{part}: pytest ended with exit code {run.returncode}"] if run.returncode else []
    summary = run.stdout.strip().rpartition("\n")[2]
    return Result(f"{part:<8} {summary}; {time.monotonic() - started:.0f} s", problems, run.stdout + run.stderr)


def _api(api: str, wanted: Wanted) -> Result:
    with _sandbox() as sandbox:
        assert sandbox.stdout is not None
        try:
            address = json.loads(sandbox.stdout.readline())[f"{api.upper()}_BASE_URL"]
            runs = _runs(api, address, wanted)
            said, errors = sandbox.communicate(timeout=30)
        finally:
            sandbox.kill()
    seen = json.loads(said)
    answers = {name: seen["answers"].get(name, {}) for name in _operations(api)}
    worked = [name for name, outcomes in answers.items() if any(outcome.startswith("2") for outcome in outcomes)]
    problems = [
        *(problem for run in runs for problem in run.problems()),
        *(f"{name} never succeeded: {outcomes}" for name, outcomes in answers.items() if name not in worked),
        *seen["problems"],
        *errors.splitlines(),
    ]
    scenarios = sum(run.scenarios for run in runs)
    if not scenarios:
        problems.append("there was no scenario of several calls")
    reports = [run.report for run in runs if run.report is not None]
    summary = (
        f"{api:<8} {len(answers)} operations, {len(worked)} succeeded; "
        f"{sum(report['test_cases']['generated'] for report in reports)} cases, {scenarios} scenarios; "
        f"{sum(report['test_cases']['unique_failures'] for report in reports)} failures, {len(problems)} problems; "
        f"{sum(report['running_time'] for report in reports):.0f} s"
    )
    told = "".join(f"  {name}: {outcomes}\n" for name, outcomes in answers.items())
    output = "\n".join(run.output for run in runs)
    return Result(summary, [f"{api}: {problem}" for problem in problems], f"{output}\n{told}")


def _sandbox() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, HERE / "sandbox.py", KEY], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _runs(api: str, address: str, wanted: Wanted) -> list[Run]:
    """Run all phases, and the stateful one again until there were enough scenarios.

    It ends early, and says nothing, when a call goes another way the second time, which is what a state is for.
    """
    runs = [_schemathesis(api, address, wanted.examples, wanted.seed, "examples,coverage,fuzzing,stateful")]
    for turn in range(1, MOST_TURNS):
        missing = wanted.examples - sum(run.scenarios for run in runs)
        if runs[-1].problems() or missing <= 0:
            break
        runs.append(_schemathesis(api, address, missing, wanted.seed + turn, "stateful"))
    return runs


def _schemathesis(api: str, address: str, examples: int, seed: int, phases: str) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        report, events = Path(folder) / "report.json", Path(folder) / "events.ndjson"
        options = {
            "--url": address,
            "--header": f"Authorization: {CREDENTIALS[api]}",
            "--max-examples": str(examples),
            "--seed": str(seed),
            "--phases": phases,
            "--report": "json,ndjson",
            "--report-json-path": str(report),
            "--report-ndjson-path": str(events),
        }
        code, output = _call(api, Path(folder), options)
        if not report.exists():
            return Run(code, None, 0, output)
        return Run(code, json.loads(report.read_bytes()), _scenarios(events), output)


def _call(api: str, folder: Path, options: dict[str, str]) -> tuple[int, str]:
    schemathesis = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--no-color",
        "--config-file",
        str(HERE / "schemathesis.toml"),
    ]
    command = [*schemathesis, "run", str(ROOT / "openapi" / f"{api}.yaml")]
    run = subprocess.run(
        [*command, *(word for option in options.items() for word in option)],
        cwd=folder,  # what it writes besides goes with the folder
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout


def _operations(api: str) -> Iterator[str]:
    document = yaml.safe_load((ROOT / "openapi" / f"{api}.yaml").read_bytes())
    for item in document["paths"].values():
        yield from (operation["operationId"] for operation in item.values() if "operationId" in operation)


def _scenarios(events: Path) -> int:
    """Count the scenarios in which one call followed from another's answer."""
    finished = (json.loads(line).get("ScenarioFinished") for line in events.open(encoding="utf-8"))
    recorded = (item["recorder"] for item in finished if item is not None and item["phase"] == "stateful")
    cases = (recorder.get("cases", {}).values() for recorder in recorded)
    return sum(any(case["is_transition_applied"] for case in scenario) for scenario in cases)


sys.exit(main())
