"""Takes the content out of a page: what its authors wrote, without what their site puts around it.

HTML, Markdown (it is rendered and read as HTML), JSON and YAML become the same few blocks. The digest is made of the
words alone: markup, attributes, whitespace, navigation and `last updated` can change without changing it.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from attrs import Factory, define, field, frozen
from lxml import etree
from markdown_it import MarkdownIt

from codegen.load import parse
from codegen.report import Refusal


class Unreadable(Exception):
    """Say in one clause why there is no content in what a page sent."""


@frozen
class Heading:
    """A title, and how deep it stands."""

    level: int
    text: str
    codes: tuple[str, ...] = ()


@frozen
class Text:
    """A paragraph, or an item of a list. `codes` are the parts of it that are set as code."""

    text: str
    codes: tuple[str, ...] = ()


@frozen
class Code:
    """A sample, line by line."""

    text: str


@frozen
class Table:
    """Rows of cells; the first row is the head."""

    rows: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words of all cells."""
        return "\n".join(" ".join(row) for row in self.rows)


Block = Heading | Text | Code | Table


@frozen
class Content:
    """What a page says."""

    blocks: tuple[Block, ...] = field(repr=False)

    @property
    def digest(self) -> str:
        """The digest of the words; no whitespace counts."""
        words = "".join("".join(block.text.split()) for block in self.blocks)
        return f"sha256:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()}"


def reduce(data: bytes, media: str, address: str) -> Content:
    """Return the content of a page, or raise Unreadable with the reason."""
    kind, charset = _kind(media, address)
    text = _decode(data, charset, html=kind == "html")
    match kind:
        case "html":
            blocks = _from_html(text)
        case "markdown":
            blocks = _from_markdown(text)
        case "json" | "yaml":
            blocks = (Code(_canonical(text, kind)),)
        case _:
            blocks = tuple(Text(_clean(part)) for part in re.split(r"\n\s*\n", text))
    content = Content(tuple(block for block in blocks if block.text and not _is_clutter(block)))
    if not any(block.text for block in content.blocks):
        raise Unreadable("holds no text: it may be made by a script in the browser")
    return content


# --- what was sent ---------------------------------------------------------------------------------------------------

_KINDS = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "application/xhtml+xml": "html",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
}
_ENDINGS = {"json": "json", "yaml": "yaml", "yml": "yaml", "md": "markdown", "markdown": "markdown"}
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-?ascii|iso-?8859-\d{1,2}|latin-?1|windows-\d{3,4}|koi8-[ru]|shift[_-]jis|euc-(jp|kr)"
    r"|gb2312|gbk|gb18030|big5"
)
"""Encodings of text. Python knows others that are none (zip, punycode)."""

_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def _kind(media: str, address: str) -> tuple[str, str]:
    essence, _, parameters = media.lower().partition(";")
    essence = essence.strip()
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", parameters)
    kind = _KINDS.get(essence) or ("json" if essence.endswith("+json") else "")
    if not kind and essence in {"", "text/plain", "application/octet-stream", "binary/octet-stream"}:
        ending = re.search(r"\.(\w+)$", address.partition("?")[0].lower())
        kind = _ENDINGS.get(ending[1], "") if ending else ""
        kind = kind or ("plain" if essence == "text/plain" else "")
    if not kind:
        raise Unreadable(f"sends {essence or 'no type of content'}, which holds no text to compare")
    return kind, charset[1] if charset else ""


def _decode(data: bytes, charset: str, *, html: bool) -> str:
    declared = _META.search(data[:2048]) if html and not charset else None
    if declared:
        charset = declared[1].decode("ascii", "replace").lower()
    if data.startswith(codecs.BOM_UTF8):
        charset = "utf-8"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    if not _CHARSETS.fullmatch(charset):
        charset = "utf-8"
    try:
        return data.decode(charset, "replace").removeprefix("\ufeff")
    except LookupError:
        return data.decode("utf-8", "replace").removeprefix("\ufeff")


def parse_value(text: str, kind: str) -> Any:
    """Read JSON or YAML that nobody vouches for, or raise Unreadable."""
    try:
        return parse(text, "the page", as_json=kind == "json")
    except Refusal as refusal:
        raise Unreadable(f"cannot be read: {refusal}") from None
    except RecursionError:
        raise Unreadable("is nested too deeply") from None


def _canonical(text: str, kind: str) -> str:
    """Write a JSON or YAML document in one way, whatever its order, style and whitespace."""
    value = parse_value(text, kind)
    pieces: list[str] = []
    size = 0
    try:
        for piece in json.JSONEncoder(sort_keys=True, ensure_ascii=False, indent=1).iterencode(value):
            size += len(piece)
            if size > _MAX_EXPANDED:
                raise Unreadable("expands to far more than it sends")
            pieces.append(piece)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    return "".join(pieces)


_MAX_EXPANDED = 32 * 2**20
"""What the aliases of a YAML document may write out, in characters."""

# --- Markdown --------------------------------------------------------------------------------------------------------

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LIQUID = re.compile(r"\{%-?(?:[^%\n\"]{0,200}\btitle=\"([^\"\n%]{0,200})\")?[^%\n]{0,500}%\}")
"""GitBook's tags. The title of a tab is content: it is often the status of the answer that follows."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def _from_markdown(text: str) -> tuple[Block, ...]:
    text = _FRONT_MATTER.sub("", text.replace("\r\n", "\n"), count=1)
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence):
                fence = ""
        lines.append(line if fence else _LIQUID.sub(_titled, line))
    markdown = MarkdownIt("commonmark", {"html": True, "maxNesting": 30}).enable("table")
    return _from_html(f"<main>{markdown.render(chr(10).join(lines))}</main>")


def _titled(tag: re.Match[str]) -> str:
    return f"\n\n{tag[1]}\n\n" if tag[1] else ""


# --- HTML ------------------------------------------------------------------------------------------------------------

_DROPPED = frozenset(
    {
        "aside", "audio", "button", "canvas", "datalist", "dialog", "embed", "footer", "head", "iframe", "input",
        "link", "map", "math", "meta", "nav", "noscript", "object", "option", "picture", "script", "select",
        "style", "svg", "template", "textarea", "title", "video",
    }
)  # fmt: skip
_ROLES = frozenset({"banner", "complementary", "contentinfo", "dialog", "menu", "navigation", "search", "toolbar"})
_INLINE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
        "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_CODES = frozenset({"code", "kbd", "samp", "tt", "var"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CLUTTER_CLASSES = re.compile(
    r"(theme-)?(doc-)?(breadcrumbs?|toc|toc-(mobile|desktop|collapsible)|table-of-contents|pagination(-nav)?"
    r"|last-(updated|modified|edited)|edit-(this-)?page|page-feedback|sidebar|skip-(link|to-content)|cookie-banner)"
)
_KEEPS = frozenset({*_HEADINGS, "table", "pre"})


def _from_html(text: str) -> tuple[Block, ...]:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, recover=True)
    try:
        tree: Any = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as problem:
        raise Unreadable(f"is not HTML that can be read: {problem}") from None
    if any("xcessive depth" in str(entry.message) or "too deep" in str(entry.message) for entry in parser.error_log):
        raise Unreadable("is nested too deeply")
    walk = _Walk()
    for root in _roots(tree) if tree is not None else ():
        walk.root(root)
    return tuple(walk.blocks)


def _roots(tree: Any) -> list[Any]:
    """Return the elements that hold the content: each main one, else the only article, else the body."""
    mains = [element for element in tree.iter("main", "div", "section") if _is_main(element)]
    if mains:
        return [element for element in mains if not any(_is_main(above) for above in element.iterancestors())]
    articles = list(tree.iter("article"))
    return articles if len(articles) == 1 else list(tree.iter("body")) or [tree]


def _is_main(element: Any) -> bool:
    return "main" in {element.tag, element.get("role")}


@define
class _Run:
    """Text that is being collected, and the parts of it that are set as code."""

    parts: list[str] = Factory(list[str])
    codes: list[str] = Factory(list[str])
    code_from: int | None = None

    def open_code(self) -> None:
        if self.code_from is None:
            self.code_from = len(self.parts)

    def close_code(self) -> None:
        if self.code_from is not None:
            if code := _clean("".join(self.parts[self.code_from :])):
                self.codes.append(code)
            self.code_from = None

    def take(self, event: str, item: Any) -> bool:
        """Take in what is inline; return whether it was."""
        if event == "text":
            self.parts.append(item)
        elif item.tag in _CODES:
            if event == "start":
                self.open_code()
            else:
                self.close_code()
        elif item.tag == "br":
            self.parts.append("\n")
        else:
            return item.tag in _INLINE
        return True


@define
class _Walk:
    """Makes blocks of what stands under the roots."""

    blocks: list[Block] = Factory(list[Block])
    run: _Run = Factory(_Run)
    level: int = 0

    def root(self, root: Any) -> None:
        """Collect the blocks under an element."""
        for event, item in _flow(root, _WHOLE):
            if event == "whole":
                self._flush()
                self.blocks.append(_table(item) if item.tag == "table" else Code(_lines(item)))
            elif not self.run.take(event, item):
                self._flush()
                self.level = _HEADINGS.get(item.tag, 0) if event == "start" else 0
        self._flush()

    def _flush(self) -> None:
        self.run.close_code()
        if text := _clean("".join(self.run.parts)):
            codes = tuple(self.run.codes)
            title = re.sub(r"\s*[#¶]+$", "", text)
            self.blocks.append(Heading(self.level, title, codes) if self.level else Text(text, codes))
        self.run = _Run()


_WHOLE = frozenset({"pre", "table"})


def _flow(root: Any, whole: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Yield text, and the start and end of each element, under a root; what holds no content is passed over.

    Elements of `whole` come as one event. The stack is our own, so that no depth of nesting is too much for it. In a
    page's header only the titles are content.
    """
    stack: list[tuple[str, Any]] = [("start", root)]
    while stack:
        event, item = stack.pop()
        if event == "start" and item.tag in whole:
            event = "whole"
        yield event, item
        if event != "start":
            continue
        stack.append(("end", item))
        inside: list[tuple[str, Any]] = [("text", item.text)] if item.text else []
        for child in item:
            if child.tag == "header":
                inside += [("start", title) for title in child.iter(*_HEADINGS)]
            elif not _is_dropped(child):
                inside.append(("start", child))
            if child.tail:
                inside.append(("text", child.tail))
        stack.extend(reversed(inside))


def _is_dropped(element: Any) -> bool:
    if not isinstance(element.tag, str) or element.tag in _DROPPED:
        return True
    role = element.get("role")
    if role in _ROLES or element.get("aria-hidden") == "true":
        return True
    if element.get("hidden") is not None and role != "tabpanel":
        return True
    names = [*(element.get("class") or "").split()[:20], element.get("id") or ""]
    if not any(_CLUTTER_CLASSES.fullmatch(_plain_name(name)) for name in names):
        return False
    return next(element.iter(*_KEEPS), None) is None


def _plain_name(name: str) -> str:
    """Return a class as its author wrote it: `lastUpdated_vwxv`, which a build made, is `last-updated`."""
    name = re.sub(r"_[A-Za-z0-9]{4,6}$", "", name[:60])
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _lines(element: Any) -> str:
    """Return the lines of a sample: elements that stand in lines of their own begin one."""
    parts: list[str] = []
    for event, item in _flow(element):
        if event == "text":
            parts.append(item)
        elif item is not element and (item.tag == "br" if event == "start" else item.tag not in {*_INLINE, "br"}):
            parts.append("\n")
    text = _visible("".join(parts))
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip())


def _table(element: Any) -> Table:
    rows: list[tuple[str, ...]] = []
    codes: list[str] = []
    for part in element:
        for row in part if part.tag in {"thead", "tbody", "tfoot"} else [part]:
            if row.tag == "tr":
                cells = [_cell(cell) for cell in row if cell.tag in {"td", "th"}]
                rows.append(tuple(text for text, _ in cells))
                codes += [code for _, found in cells for code in found]
    return Table(tuple(row for row in rows if any(row)), tuple(codes))


def _cell(element: Any) -> tuple[str, list[str]]:
    run = _Run()
    for event, item in _flow(element):
        if not run.take(event, item):
            run.parts.append("\n")
    run.close_code()
    return _clean("".join(run.parts)), run.codes


# --- words -----------------------------------------------------------------------------------------------------------

_AGO = r"(?:just now|yesterday|today|(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s? ago)"
_CLUTTER = re.compile(
    r"(?:(?:this )?(?:page|article|document)?(?: was)? ?(?:last|latest) (?:updated?|modified|edited|revised|reviewed)"
    rf"(?: (?:on|by|at))?:?(?:\s[^.]{{0,40}}(?:\d|{_AGO})[^.]{{0,30}})?"
    rf"|updated? (?:on )?(?:{_AGO}|\w{{3,9}}\.? \d{{1,2}},? \d{{4}}|\d{{4}}-\d\d-\d\d)|{_AGO}"
    r"|was this (?:page )?helpful\?|edit this page(?: on git(?:hub|lab))?|copy(?: page| link)?|on this page|previous"
    r"|next|table of contents|skip to (?:main )?content|© ?\d{4}.{0,80}|copyright .{0,80})\.?",
    re.IGNORECASE,
)


def _is_clutter(block: Block) -> bool:
    return isinstance(block, Text) and len(block.text) < 160 and _CLUTTER.fullmatch(block.text) is not None


def _visible(text: str) -> str:
    """Return text without what nobody sees: control and format characters, half pairs."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t ")


def _clean(text: str) -> str:
    """Return text as one line of visible characters."""
    return " ".join(_visible(" ".join(text.split())).split())
