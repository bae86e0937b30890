"""What every emitted file shares: its header, and the templates it is made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codegen import ir
from codegen.docstrings import clean, escape, sentence

TEMPLATES = Path(__file__).parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def header(title: str, document: ir.Document, command: str) -> str:
    """Return a module's docstring: what it is, which document it comes from, and the command that makes it again."""
    origin = f"Generated from {document.spec} (sha256 {document.digest})\nby `{command}`. Do not edit."
    return f'"""{escape(sentence(title))}\n\n{escape(clean(origin))}\n"""'


def render(template: str, **values: Any) -> str:
    """Return a template of ours, filled in."""
    return _environment.get_template(template).render(values)
