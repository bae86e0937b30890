"""What is run on this project, one session each: `nox` runs the default ones, `nox -s NAME` one, `nox -l` lists them.

Only virtualenv and pip are asked for, and dependencies are read from pyproject.toml, so nothing is said twice.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # on CI too: every Python that is found is tested
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "check", "tests", "tools", "lowest", "contract", "console", "demo"]

PROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = f"[{','.join(sorted(PROJECT['project']['optional-dependencies']))}]"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PRISM = "@stoplight/prism-cli@5.14.2"  # the newest that states support for Node 20
CHROMIUM = "@sparticuz/chromium@147.0.0"  # the browser is in the package; the newest that states support for Node 20
AXE = "axe-core@4.14.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _offer_pyenv_interpreters() -> None:
    """Append the Pythons that pyenv has to PATH.

    Its shims answer only for versions that are switched on; a search that goes on past a shim that refuses finds all.
    """
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    found = sorted(str(directory) for directory in root.glob("versions/3.*/bin"))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *found])


_offer_pyenv_interpreters()

#: The first Python that is found. The tools of a checkout are tested there, and nowhere else: nobody installs them.
FIRST = next((version for version in PYTHONS if shutil.which(f"python{version}")), PYTHONS[0])
TOOLS = ["tests/codegen", "tests/corpus", "tests/openapi"]


def _install(session: nox.Session, *groups: str, extras: str = "", constraints: Path | None = None) -> None:
    """Install the checkout, editable, with some dependency groups, in one go so that pip sees every bound at once."""
    wanted = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    limits = ["--constraint", str(constraints)] if constraints else []
    session.install("--editable", f".{extras}", *wanted, *limits)


def _pytest(session: nox.Session, *arguments: str) -> None:
    """Run pytest over all cores (up to eight: past that, starting workers costs more than they save)."""
    session.run("pytest", "-n", "auto", "--maxprocesses", "8", *arguments)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests of what is installed on every Python that is found, with coverage on the first.

    Arguments go to pytest instead.
    """
    _install(session, "test", extras=EXTRAS)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / "coverage")
    if session.posargs:
        session.run("pytest", *session.posargs)
    else:
        measured = ["--cov=reknit", "--cov-report=term"] if session.python == FIRST else []
        _pytest(session, *_ignored(TOOLS), *measured)


def _ignored(paths: Sequence[str]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


@nox.session(python=FIRST)
def tools(session: nox.Session) -> None:
    """Run the tests of the contracts, the generator and the other tools of a checkout, with coverage.

    Arguments go to pytest instead.
    """
    _install(session, "tools", extras=EXTRAS)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / "coverage")
    _pytest(session, *(session.posargs or [*TOOLS, "--cov=codegen", "--cov-report=term"]))


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest Python with the oldest dependencies that pyproject.toml admits."""
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("".join(f"{pin}\n" for pin in _lowest()), encoding="utf-8")
    _install(session, "test", extras=EXTRAS, constraints=constraints)
    _pytest(session, *(session.posargs or _ignored(TOOLS)))


def _lowest() -> list[str]:
    """Turn `name>=1.2,<3` into `name==1.2` for everything that an installation needs."""
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    pins: list[str] = []
    for requirement in map(Requirement, wanted):
        [lower] = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        pins.append(f"{requirement.name}=={lower}")
    return pins


@nox.session
def types(session: nox.Session) -> None:
    """Check the types twice over: mypy --strict and pyright strict, generated code and typing tests included."""
    # Not editable: the typing tests then see the package as a user's checker does, with what it exports and no more.
    session.install(f".{EXTRAS}", *nox.project.dependency_groups(PROJECT, "types"))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--project", "tests/typing")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, the walls between packages, the workflows, and the fragments of the changelog."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    session.run("towncrier", "build", "--draft", "--version", "next", silent=True)
    session.run("zizmor", "--offline", "--no-progress", "--quiet", ".github")
    # What else is on PATH (shellcheck, pyflakes) must not decide about the result.
    workflows = sorted(str(path) for path in Path(".github", "workflows").glob("*.yml"))
    session.run("actionlint", "-shellcheck=", "-pyflakes=", *workflows)


@nox.session
def generate(session: nox.Session) -> None:
    """Write `src/reknit/*/_generated` anew from `openapi/`."""
    session.install(*nox.project.dependency_groups(PROJECT, "codegen"))
    session.run("python", "-m", "codegen", "generate", *session.posargs)


@nox.session
def check(session: nox.Session) -> None:
    """Fail when the committed code is not what the specs give."""
    session.install(*nox.project.dependency_groups(PROJECT, "codegen"))
    session.run("python", "-m", "codegen", "check", *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """Say what changed on the vendors' pages; arguments go to `python -m codegen drift`."""
    session.install(*nox.project.dependency_groups(PROJECT, "codegen"))
    # To have looked is a success, whatever was seen; to have recorded only a part of what was asked for is none.
    codes = [0] if "--accept" in session.posargs else [0, 1, 2]
    session.run("python", "-m", "codegen", "drift", *session.posargs, success_codes=codes)


@nox.session
def diff(session: nox.Session) -> None:
    """Say what users notice of the documents' changes; arguments go to `python -m codegen diff`."""
    _install(session, "types", extras=EXTRAS)
    session.run("python", "-m", "codegen", "diff", *session.posargs, success_codes=[0, 1])


@nox.session
def refresh(session: nox.Session) -> None:
    """Follow the pages: drift, generate, diff and checks in one go, and what a person must decide then.

    An argument is the revision to compare with.
    """
    _install(session, "lint", "tools", "types", extras=EXTRAS)
    session.run("python", "-m", "codegen.refresh", *session.posargs)


@nox.session
def contract(session: nox.Session) -> None:
    """Put Prism, which reads the same specs and was written by others, between every client and the sandbox."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        session.skip("Prism needs node and npm, and they are not on PATH")
    _install(session, "test", extras=EXTRAS)
    home = Path(session.create_tmp()).resolve()
    prism = home / "node_modules" / ".bin" / "prism"
    if not prism.exists():
        _npm_install(session, npm, home, PRISM)
    session.run("pytest", "-m", "contract", "tests/contract", *session.posargs, env={"REKNIT_PRISM": str(prism)})


@nox.session
def console(session: nox.Session) -> None:
    """Use the sandbox's page in a real Chromium: the one that is installed, else one from npm.

    REKNIT_CHROMIUM names another; with REKNIT_SCREENSHOTS=docs/images the pictures in the documentation are made anew.
    """
    npm = shutil.which("npm") if shutil.which("node") else None
    home = Path(session.create_tmp()).resolve()
    browser = os.environ.get("REKNIT_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is not None:
        session.env["REKNIT_CHROMIUM"] = browser
    elif npm is None:
        session.skip("there is no Chromium on PATH, and no node and npm to install one with")
    elif (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        session.skip("there is no Chromium on PATH, and npm has one for Linux on x86-64 alone")
    else:
        session.env.update(_chromium(session, npm, home))
    if npm is not None:
        axe = home / "node_modules" / "axe-core" / "axe.min.js"
        if not axe.exists():
            _npm_install(session, npm, home, AXE)
        session.env["REKNIT_AXE"] = str(axe)
    _install(session, "test", "browser", extras=EXTRAS)
    session.run("pytest", "-m", "console", "-n", "2", "tests/console", *session.posargs)


def _chromium(session: nox.Session, npm: str, home: Path) -> dict[str, str]:
    """Install Chromium with npm; its package is made for AWS Lambda and brings the libraries that are missing there."""
    if not (home / "chromium").exists():
        _npm_install(session, npm, home, CHROMIUM)
        unpack = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"
        with session.chdir(home):
            session.run(
                "node",
                "--input-type=module",
                "--eval",
                unpack,
                env={"TMPDIR": str(home), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"},
                external=True,
            )
    return {"REKNIT_CHROMIUM": str(home / "chromium"), "REKNIT_CHROMIUM_LIBRARIES": str(home / "al2023" / "lib")}


def _npm_install(session: nox.Session, npm: str, home: Path, package: str) -> None:
    options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    session.run(npm, "install", "--prefix", str(home), *options, package, external=True)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Send a running sandbox whatever its contracts admit and forbid; arguments go to `python tests/fuzz/run.py`."""
    _install(session, "corpus", "test", extras=EXTRAS)
    session.run("python", "tests/fuzz/run.py", *session.posargs)


@nox.session
def corpus(session: nox.Session) -> None:
    """Send values through the client of every document and back; arguments go to `python -m corpus`.

    Without a folder it runs over the documents of this repository and those of REKNIT_CORPUS, which by default is the
    folder `shared/corpus` beside the checkout.
    """
    _install(session, "corpus", "types", extras=EXTRAS)
    session.env.setdefault("REKNIT_CORPUS", str(Path(__file__).resolve().parent.parent / "shared" / "corpus"))
    session.run("python", "-m", "corpus", "--types", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what a call costs against plain aiohttp; benchmarks/README.md explains the table."""
    _install(session, extras="[inbox,sandbox]")
    session.run("python", "benchmarks/bench.py", *session.posargs)
    session.run("python", "benchmarks/storing.py", *(["--quick"] if session.posargs else []))


@nox.session(name="inbox-faults")
def inbox_faults(session: nox.Session) -> None:
    """Send callbacks to an inbox whose processes are killed and paused, on SQLite and PostgreSQL; nothing may be lost.

    `--quick` takes less than a minute; `--seed` repeats a run.
    """
    _install(session, "test", extras="[inbox,postgresql,sandbox]")
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session
def generator(session: nox.Session) -> None:
    """Measure what generating costs against datamodel-code-generator alone; arguments are documents and folders."""
    session.install("--editable", ".", *nox.project.dependency_groups(PROJECT, "codegen"), "black", "isort")
    session.run("python", "benchmarks/generator.py", *session.posargs)


@nox.session
def limiter(session: nox.Session) -> None:
    """Simulate the rate limiter against servers of many shapes and print what it sent and how long it took."""
    _install(session)
    session.run("python", "benchmarks/limiter_simulation.py", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Start the sandbox and call all four APIs in it, as a newcomer would."""
    _install(session, extras=EXTRAS)
    session.run("reknit", "demo", *session.posargs)
