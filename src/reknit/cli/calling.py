"""`reknit call API OPERATION …`: one call of any API, as a program makes it.

The commands of an API are made when they are asked for (`__getattr__`): nothing of them is written here, and `reknit
--help` imports no client.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import shlex
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from attrs import define, frozen
from cyclopts import App, Group, Parameter

from ..errors import APIError, InvalidArgument, ReknitError
from ..options import Retry
from ..runtime import Caller, Hook, Response
from ..runtime.codec import properties_of, raw_value
from ..runtime.hooks import AttemptStarted, CallStarted, HookEvent
from ..runtime.narrowing import is_object
from ..runtime.operations import Bytes
from ..runtime.pages import next_query
from ..runtime.writing import plain
from .apis import APIS
from .arguments import check_seconds, example_of, flag_of, may_be_stdin, values_of, words_of
from .describing import Described, Option, client_class, operations_of, same
from .exits import Exit, Refusal, exit_of, facts_of
from .numbers import whole
from .preview import Prepared, preview_of, shown
from .progress import Progress
from .rendering import Paint, blanked, one_line, outline, print_bytes, to_json
from .waiting import WAITS, beyond_answer, beyond_error

__all__ = ["Settings", "app_of"]

_OWN: Final = Group("What the operation takes", sort_key=1)
_COMMON: Final = Group("What every call takes", sort_key=2)
_TYPES: Final[Mapping[str, Any]] = {"whole": int, "number": float, "flag": bool, "texts": list[str]}
_METAVARS: Final[Mapping[str, str]] = {
    "text": "TEXT",
    "texts": "TEXT",
    "whole": "NUMBER",
    "json": "JSON",
    "file": "FILE",
}
_HINTS: Final[Mapping[str, str]] = {
    "json": "JSON, @FILE, or - for stdin.",
    "file": "A file's name, or - for stdin.",
}


@frozen(kw_only=True)
class Settings:
    """What every call takes beside the arguments of its operation."""

    dry_run: bool = False
    json: bool = False
    all: bool = False
    output: str | None = None
    wait: float | None = None
    timeout: float = 60.0
    retries: int = 3
    base_url: str | None = None
    allow_insecure: bool = False
    quiet: bool = False


#: The name, the type, the default, what stands for a value in help, and the help of each of them.
_SETTINGS: Final[tuple[tuple[str, Any, Any, str | None, str], ...]] = (
    ("dry_run", bool, False, None, "{dry}"),
    ("json", bool, False, None, "Print the answer as JSON in one line, and an error as JSON on stderr."),
    ("all", bool, False, None, "Fetch every page; with --json, print one item per line."),
    ("output", str, None, "FILE", "Write the answer to a file."),
    ("wait", float, None, "SECONDS", "Wait up to so many seconds {waits}."),
    ("timeout", float, 60.0, "SECONDS", "Give up after so many seconds, attempts and waits included."),
    ("retries", int, 3, "NUMBER", "How often a call that failed may be sent again; 0 for never."),
    ("base_url", str, None, "URL", "Where the API is; else {variable}, else the vendor's."),
    ("allow_insecure", bool, False, None, "Allow plain http to another machine."),
    ("quiet", bool, False, None, "Say nothing while it waits."),
)


def __getattr__(name: str) -> Any:
    """Make the commands of an API when they are first asked for (PEP 562)."""
    if name in APIS:
        return app_of(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def app_of(api: str) -> App:
    """Return the commands of an API, one for each of its operations."""
    app = App(name=api, help=APIS[api], version_flags=[], help_format="plaintext")
    for name, described in operations_of(api).items():
        app.command(
            _command(described),
            name=name,
            help=_help(described),
            help_epilogue=f"Example: {shlex.join(example_of(described))}",
            sort_key=None,
        )
    return app


def _help(described: Described) -> str:
    docstring = described.docstring
    paragraphs = (" ".join(part.split()) for part in docstring.text.split("\n\n"))
    return "\n\n".join(part for part in (docstring.summary, *paragraphs) if part)


def _command(described: Described) -> Callable[..., int]:
    """Return the function of a command, with the signature that its options are read from."""
    own, common = _own_parameters(described), _common_parameters(described)
    signature = inspect.Signature([*own, *common])

    def command(*given: Any, **named: Any) -> int:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        values = bound.arguments
        settings = Settings(**{parameter.name[1:]: values[parameter.name] for parameter in common})
        return run(described, {parameter.name: values[parameter.name] for parameter in own}, settings)

    command.__name__ = described.method
    command.__doc__ = None
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *common)}
    return command


def _own_parameters(described: Described) -> list[inspect.Parameter]:
    # `dry_run` is a setting of every call; where the API has one too, that is what it means.
    return [_parameter(option) for option in described.options if option.name != "dry_run"]


def _parameter(option: Option) -> inspect.Parameter:
    kind = str if option.secret else _TYPES.get(option.kind, str)
    hint = "@FILE or - keeps it out of the list of processes." if option.secret else _HINTS.get(option.kind, "")
    settings = Parameter(
        name=None if option.positional else flag_of(option.name),
        help=" ".join(part for part in (option.help, hint) if part),
        group=_OWN,
        required=option.required,
        allow_leading_hyphen=may_be_stdin(option),
        negative=() if option.kind == "texts" else None,
        show_default=False,
        json_list=False,
        metavar=_METAVARS.get(option.kind),
        converter=whole if kind is int else None,
    )
    return inspect.Parameter(
        option.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD if option.positional else inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if option.required else None,
        annotation=Annotated[kind if option.required else kind | None, settings],
    )


def _common_parameters(described: Described) -> list[inspect.Parameter]:
    full = f"{described.api}.{described.name}"
    left_out = {
        name for name, there in (("all", described.operation.pages is not None), ("wait", full in WAITS)) if not there
    }
    words = {
        "dry": next(
            (option.help for option in described.options if option.name == "dry_run"),
            "Show the request and do not send it.",
        ),
        "waits": WAITS.get(full, ""),
        "variable": f"{described.api.upper()}_BASE_URL",
    }
    return [
        inspect.Parameter(
            f"_{name}",  # no operation's own
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[
                kind if default is not None else kind | None,
                Parameter(
                    name=flag_of(name),
                    help=text.format_map(words),
                    group=_COMMON,
                    negative=(),
                    metavar=metavar,
                    show_default=lambda value: value or None,
                    converter=whole if kind is int else None,
                ),
            ],
        )
        for name, kind, default, metavar, text in _SETTINGS
        if name not in left_out
    ]


@frozen
class Result:
    """What a call came to: `raw` as the API sent it (JSON, text or bytes), and `value` as the SDK decoded it."""

    raw: Any
    value: Any


@define
class Underway:
    """A hook that keeps what is needed to go on from a call that was interrupted: its key once it was sent."""

    key: str | None = None
    sent: bool = False
    session_id: str = ""

    def __call__(self, event: HookEvent) -> None:
        """Take an event of a call."""
        if isinstance(event, CallStarted):
            self.key = event.idempotency_key or self.key
        elif isinstance(event, AttemptStarted):
            self.sent = True


def run(described: Described, given: Mapping[str, Any], settings: Settings) -> int:
    """Make the call, print what it came to, and return the exit code. Raises Refusal for bad input."""
    _check(described, settings)
    arguments = values_of(described, given)
    underway = Underway()
    try:
        return asyncio.run(_call(described, arguments, settings, underway))
    except KeyboardInterrupt:
        for hint in _hints_of_interrupted(described, given, underway):
            print(f"reknit: {hint}", file=sys.stderr)
        raise
    except Prepared as prepared:
        return _print(Result(shown(prepared), None), settings)
    except ReknitError as error:
        _complain(described, given, error, settings)
        return exit_of(error)


def _check(described: Described, settings: Settings) -> None:
    check_seconds("--timeout", settings.timeout)
    check_seconds("--wait", settings.wait)
    if settings.retries < 0:
        raise Refusal(f"--retries: {settings.retries} is less than 0")
    if settings.output is not None:
        _check_output(Path(settings.output))
    elif not _previews(described, settings) and sys.stdout.isatty() and _may_be_bytes(described):
        raise Refusal("the answer may be bytes that are no text: use --output FILE, or a pipe")
    variable = f"{described.api.upper()}_API_KEY"
    if not _previews(described, settings) and not os.environ.get(variable):
        raise Refusal(f"no API key for {described.api}: set {variable}")


def _check_output(path: Path) -> None:
    """Refuse a file that cannot be written before the call is made, whose answer would have nowhere to go."""
    try:
        missing, directory = not path.parent.is_dir(), path.is_dir()
    except (OSError, ValueError) as error:
        raise Refusal(f"--output: {error}") from None
    if missing:
        raise Refusal(f"--output: there is no directory {path.parent}")
    if directory or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Refusal(f"--output: {path} {'is a directory' if directory else 'may not be written'}")


def _may_be_bytes(described: Described) -> bool:
    medias = described.operation.answers.values()
    return any(isinstance(decoding, Bytes) for media in medias for decoding in media.values())


def _previews(described: Described, settings: Settings) -> bool:
    """Return whether the request is shown and not sent: where a dry run is asked for that the API knows nothing of."""
    return settings.dry_run and not _asks_api(described)


def _asks_api(described: Described) -> bool:
    return any(option.name == "dry_run" for option in described.options)


async def _call(described: Described, arguments: dict[str, Any], settings: Settings, underway: Underway) -> int:
    if settings.dry_run and _asks_api(described):
        arguments["dry_run"] = True
    with Progress(quiet=settings.quiet) as progress:
        async with _client(described, settings, (underway, progress)) as client:
            if settings.all:
                return await _print_all(client, described, arguments, settings)
            result = await _result(client, described, arguments, settings.wait, underway)
    return _print(result, settings)


def _client(described: Described, settings: Settings, hooks: tuple[Hook, ...]) -> Any:
    """Return the API's client; for a preview, one that shows what it would send and needs no key for it."""
    kind = client_class(described.api)
    key = None
    if _previews(described, settings):
        kind = type(kind.__name__, (kind,), {"_assemble": _preview_in(kind)})
        key = os.environ.get(f"{described.api.upper()}_API_KEY") or "none"
    return kind(
        key,
        base_url=settings.base_url,
        timeout=settings.timeout,
        retry=Retry(max_attempts=settings.retries + 1),
        hooks=hooks,
        allow_insecure=settings.allow_insecure,
    )


def _preview_in(kind: Any) -> Callable[[Any, Caller], None]:
    def assemble(client: Any, caller: Caller) -> None:
        kind._assemble(client, preview_of(caller))  # noqa: SLF001 - its own subclass

    return assemble


def _twin(client: Any, described: Described) -> Callable[..., Awaitable[Response[Any]]]:
    """Return the method that gives the whole answer."""
    method: Callable[..., Awaitable[Response[Any]]]
    method = getattr(getattr(client, described.group).with_response, described.method)
    return method


async def _result(
    client: Any, described: Described, arguments: Mapping[str, Any], wait: float | None, underway: Underway
) -> Result:
    full = f"{described.api}.{described.name}"
    try:
        answer = await _twin(client, described)(**arguments)
    except APIError as error:
        approved = beyond_error(error, wait)
        if approved is None:
            raise
        return _of_value(await approved)
    made = beyond_answer(client, full, answer.value, wait)
    if made is None:
        return Result(_raw(answer), answer.value)
    underway.session_id = answer.value.session_id
    return _of_value(await made)


def _of_value(value: Any) -> Result:
    return Result(plain(value), value)


def _raw(answer: Response[Any]) -> Any:
    """Return the value of an answer as it came, with the properties that no model has."""
    value = answer.value
    if value is None or isinstance(value, bytes | str):
        return value
    raw = raw_value(answer.raw)
    assert answer.operation is not None
    for media in answer.operation.answers.values():
        for decoding in media.values():
            name = getattr(decoding, "unwrap", None)
            if name is not None and is_object(raw) and name in raw:
                return raw[name]
    return raw


async def _print_all(client: Any, described: Described, arguments: dict[str, Any], settings: Settings) -> int:
    """Print the items of all pages, each page as it comes."""
    if settings.output is not None:
        raise InvalidArgument("--output takes one answer; with --all, redirect stdout")
    plan = described.operation.pages
    assert plan is not None
    wires = [wire for wire in (plan.parameter, getattr(plan, "size", None)) if wire is not None]
    names = {wire: next(option.name for option in described.options if same(option.name, wire)) for wire in wires}
    query: Mapping[str, Any] | None = {wire: arguments.get(name) for wire, name in names.items()}
    while query is not None:
        answer = await _twin(client, described)(**arguments)
        raw = _raw(answer)
        items: list[Any] = raw.get(plan.items) or [] if is_object(raw) else []
        values: list[Any] = properties_of(answer.value).get(plan.items) or []
        for item, value in zip(items, values, strict=True):
            if settings.json:
                print(to_json(item))
            else:
                print("\n".join(outline([blanked(item, value)], Paint(sys.stdout))))
        sys.stdout.flush()
        query = next_query(plan, query, answer.value, len(items))
        arguments |= {} if query is None else {names[plan.parameter]: query[plan.parameter]}
    return Exit.OK


def _print(result: Result, settings: Settings) -> int:
    """Print an answer, or write it to `--output`."""
    raw = result.raw
    if settings.output is not None:
        return _write(raw, settings.output)
    if isinstance(raw, bytes):
        print_bytes(raw)
    elif settings.json:
        print(to_json(raw))
    elif raw is not None:
        print("\n".join(outline(blanked(raw, result.value), Paint(sys.stdout))))
    return Exit.OK


def _write(raw: Any, name: str) -> int:
    content = raw if isinstance(raw, bytes) else f"{to_json(raw)}\n".encode()
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        # The call was made: what came back must not be lost with it.
        with tempfile.NamedTemporaryFile("wb", prefix="reknit-", delete=False) as kept:
            kept.write(content)
        print(f"reknit: cannot write {name}: {error.strerror}; the answer is in {kept.name}", file=sys.stderr)
        return Exit.FAILED
    return Exit.OK


def _complain(described: Described, given: Mapping[str, Any], error: ReknitError, settings: Settings) -> None:
    if settings.json:
        print(to_json(facts_of(error)), file=sys.stderr)
        return
    print(f"reknit: {one_line(str(error))}", file=sys.stderr)
    for hint in _hints(described, given, error):
        print(f"reknit: {hint}", file=sys.stderr)


def _hints(described: Described, given: Mapping[str, Any], error: ReknitError) -> Iterator[str]:
    code, key = exit_of(error), getattr(error, "idempotency_key", None)
    if code is Exit.APPROVAL and key:
        words = words_of(described, {**given, "idempotency_key": key})
        yield f"once it is approved: {one_line(shlex.join(words))}"
    elif code is Exit.UNANSWERED and key:
        yield f"it may have been carried out; its idempotency key is {one_line(key)}"
    session_id = getattr(error, "session_id", "")
    if session_id:
        yield _costs(session_id)


def _hints_of_interrupted(described: Described, given: Mapping[str, Any], underway: Underway) -> Iterator[str]:
    """Say how to go on from a call that was interrupted: with the same key it cannot be carried out twice."""
    takes_key = any(option.name == "idempotency_key" for option in described.options)
    if underway.sent and underway.key and takes_key:
        words = words_of(described, {**given, "idempotency_key": underway.key})
        yield f"it may have been carried out; to go on with it: {one_line(shlex.join(words))}"
    if underway.session_id:
        yield _costs(underway.session_id)


def _costs(session_id: str) -> str:
    words = ["reknit", "call", "relays", "sessions.delete", session_id]
    return f"the session costs until it is deleted: {one_line(shlex.join(words))}"
