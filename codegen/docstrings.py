"""Writes prose from a document as docstrings and literals of Python, so that no text can end one or run as code."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

WIDTH = 120

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # invisible ones, and those that turn the reading direction
    "\ud800-\udfff]"
)
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_KEPT_LINE = re.compile(r"\s*(?:[-*+] |\d+[.)] |\||#|>|```|~~~|    )")


def clean(text: str) -> str:
    """Return text without characters that a reader cannot see or that Python would take for an end of line."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text)).expandtabs(4).strip()


def sentence(text: str) -> str:
    """Return text as one line that ends in a full stop, or the empty string for none."""
    line = " ".join(clean(text).split())
    return line if not line or line[-1] in ".!?:" else f"{line}."


def escape(text: str) -> str:
    """Return text that stands in a triple-quoted docstring as it is."""
    text = text.replace("\\", "\\\\")
    return re.sub(r'"{3,}|"+\Z', lambda quotes: '\\"' * len(quotes[0]), text)


def docstring(text: str, indent: int) -> str:
    """Return a docstring with its quotes, wrapped and indented (all but its first line)."""
    margin = " " * indent
    text = escape(wrap(text, WIDTH - indent))
    if "\n" not in text and len(text) + indent + 6 <= WIDTH:
        return f'"""{text}"""'
    lines = "\n".join(f"{margin}{line}" if line else "" for line in text.split("\n"))
    return f'"""{lines.lstrip()}\n{margin}"""'


def wrap(text: str, width: int, hanging: str = "") -> str:
    """Wrap paragraphs at a width; lists, tables, headings and code keep their lines."""
    lines = [line for paragraph in _paragraphs(clean(text)) for line in _wrapped(paragraph, width, hanging)]
    return "\n".join(lines)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Yield runs of lines that may be joined, and single lines that may not."""
    run: list[str] = []
    fenced = False
    for line in (line.rstrip() for line in text.split("\n")):
        fence = line.lstrip().startswith(("```", "~~~"))
        keeps = fenced or fence or not line or _KEPT_LINE.match(line)
        fenced ^= fence
        if not keeps:
            run.append(line)
            continue
        if run:
            yield run
            run = []
        yield [line]
    if run:
        yield run


def _wrapped(paragraph: list[str], width: int, hanging: str) -> list[str]:
    joined = " ".join(line.strip() for line in paragraph) if len(paragraph) > 1 else paragraph[0]
    if len(joined) <= width:
        return [joined]
    marker = re.match(r"\s*(?:[-*+] |\d+[.)] )?", joined)
    indent = hanging or " " * len(marker[0] if marker else "")
    return textwrap.wrap(
        joined, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]  # fmt: skip


def section(title: str, entries: list[tuple[str, str]], indent: int) -> str:
    """Return a section of a docstring (`Args:`, `Raises:`), one wrapped entry a line."""
    width = WIDTH - indent
    lines = [f"{title}:"]
    for name, text in entries:
        entry = f"    {name}: {sentence(text)}".rstrip(" ")
        wrapped = textwrap.wrap(entry, width, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)
        lines.extend(wrapped)
    return "\n".join(lines)
