"""What the pytest plugin costs: those who do not use it, and each test that does.

    python benchmarks/plugin.py [--rounds 10]

- registration: CPU time of the plugin's import where pytest is imported already, in fresh interpreters;
- first stage: a sandbox and its four clients from nothing to ready, in fresh interpreters, imports not counted;
- next stages: the same again in one process, and the end of it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

MOST_REGISTERING = 5.0  # ms
MOST_STARTING = 150.0  # ms

_STARTING = 150.0  # ms

_REGISTERING = """
import time, pytest
began = time.perf_counter()
import reknit.testing.plugin
print((time.perf_counter() - began) * 1e3)
"""

_STARTING = """
import asyncio, time
from reknit import refonte, relays, rezi, rezolve
from reknit.testing.stages import staged

APIS = ("rezi", "rezolve", "refonte", "relays")

async def play():
    for _ in range(11):
        began = time.perf_counter()
        async with staged({}) as stage:
            clients = [stage.client(api) for api in APIS]
            ready = time.perf_counter()
        print((ready - began) * 1e3, (time.perf_counter() - ready) * 1e3)

asyncio.run(play())
"""


def _run(program: str) -> list[list[float]]:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]


def main() -> int:
    """Print the least of the first, the medians of the others, and return the exit code: 1 where one is missed."""
    parser = argparse.ArgumentParser(description="What the pytest plugin costs.")
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    registering = min(_run(_REGISTERING)[0][0] for _ in range(rounds))
    stages = [_run(_STARTING) for _ in range(rounds)]
    first = statistics.median(lines[0][0] for lines in stages)
    following = statistics.median(line[0] for lines in stages for line in lines[1:])
    ending = statistics.median(line[1] for lines in stages for line in lines)
    print(f"registration {registering:.1f} ms (at most {MOST_REGISTERING:g})")
    print(
        f"first stage {first:.1f} ms (at most {MOST_STARTING:g}), next ones {following:.1f} ms; the end {ending:.1f} ms"
    )
    return int(registering > MOST_REGISTERING or first > MOST_STARTING)


if __name__ == "__main__":
    sys.exit(main())
