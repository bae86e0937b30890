"""Text for people, safe wherever it lands: a terminal, a page of Markdown, a changelog.

Names come out of documents that anyone may have written. They are never interpreted: printable characters on one line,
inside a span of code.
"""

from __future__ import annotations

import re

from codegen.report import one_line


def code(text: object) -> str:
    """Return text as a span of code in Markdown, whatever it holds."""
    line = one_line(str(text)).strip() or " "
    fence = "`" * (max(map(len, re.findall(r"`+", line)), default=0) + 1)
    pad = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def words(items: object) -> str:
    """Return what a collection holds as spans of code, joined by commas; a long one is cut with its count."""
    shown = [code(item) for item in items] if isinstance(items, list | tuple | set | frozenset) else [code(items)]
    return ", ".join(shown) if len(shown) <= 12 else f"{', '.join(shown[:12])} and {len(shown) - 12} more"
