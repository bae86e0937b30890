"""What is content, and what a site puts around it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from codegen.drift.reducing import Code, Heading, Table, Text, Unreadable, reduce

ADDRESS = "https://docs.example.org/api/users"


def html(body: str | bytes, media: str = "text/html; charset=utf-8") -> list[object]:
    return list(reduce(body.encode() if isinstance(body, str) else body, media, ADDRESS).blocks)


def digest(body: str | bytes, media: str = "text/html; charset=utf-8") -> str:
    return reduce(body.encode() if isinstance(body, str) else body, media, ADDRESS).digest


def markdown(text: str) -> list[object]:
    return html(text, "text/markdown")


def test_the_words_of_a_page_in_its_order() -> None:
    assert html(
        "<body><nav>Menu</nav><main><header><nav>Up</nav><h1>Users<a class=anchor>#</a></h1><p>By us</p></header>"
        "<p>Send <code>POST /users</code>.</p><ul><li><code>email</code> string<ul><li>deep</li></ul></li></ul>"
        "<pre><code><span>GET /</span>\n<span>  Host: x</span></code></pre>"
        "<table><caption>c</caption><thead><tr><th>Field</th></tr></thead>"
        "<tbody><tr><td><p><code>uid</code></p><p>who</p></td></tr></tbody></table>"
        "<aside>Ad</aside><button>Try</button></main><footer>Us</footer><script>var x</script></body>"
    ) == [
        Heading(1, "Users"),
        Text("Send POST /users.", ("POST /users",)),
        Text("email string", ("email",)),
        Text("deep"),
        Code("GET /\n  Host: x"),
        Table((("Field",), ("uid who",)), ("uid",)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<body><nav>Menu</nav><article><p>Here.</p></article><p>Ad</p></body>",
        "<body><p>Ad</p><div role=main><p>Here.</p></div><div role=complementary>Ad</div></body>",
        "<p>Here.</p>",
        "Here.",
        "<body><div class='sidebar'>Ad</div><div id=toc>Ad</div><p>Here.</p></body>",
        "<body><p hidden>Ad</p><p aria-hidden=true>Ad</p><p>Here.</p><template><p>Ad</p></template></body>",
        "<main><p>Here.</p><!-- Ad --><?php Ad ?><noscript>Ad</noscript><svg><text>Ad</text></svg></main>",
        "<main><p>He\u200bre\u00ad.</p></main>",
        "<main><p>Here.</p><div class='lastUpdated_aB3d'>Ad</div><div class='theme-doc-breadcrumbs'>Ad</div></main>",
    ],
)  # fmt: skip
def test_only_content_is_content(body: str) -> None:
    assert html(body) == [Text("Here.")]


@pytest.mark.parametrize(
    "line",
    [
        "Last updated 3 months ago", "Last updated on Jan 3, 2026 by Ann", "Last modified: 2026-01-03",
        "Updated yesterday",
        "This page was last updated on 3 January 2026.", "2 days ago", "Was this helpful?", "Edit this page", "Next",
        "On this page", "© 2026 Example, Inc.", "Last updated",
    ],
)  # fmt: skip
def test_what_changes_by_itself_is_no_content(line: str) -> None:
    assert html(f"<main><p>Here.</p><p>{line}</p></main>") == [Text("Here.")]


@pytest.mark.parametrize(
    "line",
    [
        "Last updated users come first.", "The field was updated.", "Next, send the key.", "last_updated",
        "Last modified times are in UTC. They have milliseconds.", "Updated users are sent to 2 webhooks",
    ],
)  # fmt: skip
def test_prose_that_looks_alike_stays(line: str) -> None:
    assert html(f"<main><p>{line}</p></main>") == [Text(line)]


def test_a_class_that_says_sidebar_does_not_hide_what_an_api_is_made_of() -> None:
    assert html("<main><div class=sidebar><pre>GET /users</pre></div></main>") == [Code("GET /users")]


def test_panels_that_are_not_on_top_are_content() -> None:
    assert html("<main><div role=tabpanel hidden><pre>curl</pre></div></main>") == [Code("curl")]


def test_samples_keep_their_lines_however_they_are_made() -> None:
    for lines in (
        "a\nb",
        "a<br>b",
        "<div>a</div><div>b</div>",
        "<code><span class=line>a</span>\n<span>b</span></code>",
    ):
        assert html(f"<main><pre>{lines}</pre></main>") == [Code("a\nb")]


def test_markup_does_not_count_in_the_digest_and_words_do() -> None:
    one = digest("<main><h2>A b</h2><p>c <i>d</i></p></main>")
    assert one == digest("<div role='main' data-build='9'><h3 id=x>A  b</h3>\n<div>c d</div></div>")
    assert one == digest("# A b\n\nc *d*\n", "text/markdown")
    assert one != digest("<main><h2>A b</h2><p>c e</p></main>")


def test_markdown_of_gitbook() -> None:
    page = """---
icon: user
---

# Users

{% hint style="info" %}
Be careful
{% endhint %}

## GET /users

{% tabs %}
{% tab title="200" %}
```json
{"a": "{% raw %}"}
```
{% endtab %}
{% endtabs %}

| Name | Type |
| ---- | ---- |
| `id` | string |

<table><tbody><tr><td>in HTML</td></tr></tbody></table>
<script>alert(1)</script>
"""
    assert markdown(page) == [
        Heading(1, "Users"),
        Text("Be careful"),
        Heading(2, "GET /users"),
        Text("200"),
        Code('{"a": "{% raw %}"}'),
        Table((("Name", "Type"), ("id", "string")), ("id",)),
        Table((("in HTML",),)),
    ]


def test_json_and_yaml_are_what_they_say_not_how() -> None:
    one = digest('{"b": [1, 2], "a": "x"}', "application/json")
    assert one == digest('{ "a":"x",\n"b":[1,2] }', "application/vnd.oai.openapi+json;version=3.1")
    assert one == digest("a: x\nb:\n- 1\n- 2\n", "application/yaml")
    assert one != digest('{"b": [2, 1], "a": "x"}', "application/json")


@pytest.mark.parametrize(
    ("media", "address", "body", "words"),
    [
        ("text/plain", "https://docs.example.org/a.md", "# x `y`", "x y"),
        ("application/octet-stream", "https://docs.example.org/a.yaml?raw=1", "x: y", '{ "x": "y" }'),
        ("text/plain; charset=utf-8", "https://docs.example.org/a.py", "def x():\n    y\n\n\nz", "def x(): y z"),
        ("", "https://docs.example.org/a.json", '"x"', '"x"'),
    ],
)
def test_a_type_that_says_nothing_is_read_off_the_address(media: str, address: str, body: str, words: str) -> None:
    text = " ".join(block.text for block in reduce(body.encode(), media, address).blocks)
    assert " ".join(text.split()) == words


@pytest.mark.parametrize(
    ("media", "data"),
    [
        ("text/html; charset=iso-8859-1", "<p>café</p>".encode("latin-1")),
        ('text/html; charset="windows-1252"', "<p>café</p>".encode("cp1252")),
        ("text/html", "<meta charset='latin-1'><p>café</p>".encode("latin-1")),
        ("text/html", "<p>café</p>".encode("utf-8-sig")),
        ("text/html", "<p>café</p>".encode("utf-16")),
        ("text/html; charset=nonsense", "<p>café</p>".encode()),
        ("text/html; charset=utf-8", b"\xef\xbb\xbf<p>caf\xc3\xa9</p>"),
    ],
)  # fmt: skip
def test_a_page_in_another_encoding_is_the_same_page(media: str, data: bytes) -> None:
    assert html(data, media) == [Text("café")]


@pytest.mark.parametrize("charset", ["zip", "rot13", "idna", "punycode", "unicode_escape", "iso-8859-99", "utf-7"])
def test_what_is_no_encoding_of_text_is_not_applied(charset: str) -> None:
    assert html(b"<p>plain \xff</p>", f"text/html; charset={charset}") == [Text("plain \ufffd")]


def billion_laughs() -> str:
    return "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9))


def long_laughs() -> str:
    return f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 1000)}]\n"


@pytest.mark.parametrize(
    ("media", "body", "reason"),
    [
        ("application/pdf", lambda: "%PDF", "sends application/pdf, which holds no text to compare"),
        ("", lambda: "x", "sends no type of content"),
        ("text/html", lambda: "", "holds no text"),
        ("text/html", lambda: "<div id=app></div><noscript>Enable it</noscript>", "holds no text: it may"),
        ("text/html", lambda: "<div>" * 100_000, "is nested too deeply"),
        ("text/html", lambda: "<table><tr><td>" * 100_000, "is nested too deeply"),
        ("application/json", lambda: "{", "cannot be read: the page:1: is not JSON"),
        ("application/json", lambda: "[" * 100_000, "cannot be read"),
        ("application/json", lambda: "1" * 10_000, "cannot be read"),
        ("application/yaml", billion_laughs, "cannot be read: the page: expands to more than"),
        ("application/yaml", long_laughs, "expands to far more than it sends"),
        ("application/yaml", lambda: "a: !!python/object/apply:os.system ['true']", "cannot be read"),
        ("application/yaml", lambda: "[" * 5000, "cannot be read"),
    ],
)  # fmt: skip
def test_what_holds_no_content_is_refused_with_the_reason(media: str, body: Callable[[], str], reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        reduce(body().encode(), media, ADDRESS)
    assert str(caught.value).startswith(reason)


def test_half_pairs_and_control_characters_do_no_harm() -> None:
    assert digest(json.dumps("\ud800\u202e\x1b[31m"), "application/json").startswith("sha256:")
    assert html("<p>a\x1b[31mb\u202ec\x00d&#27;e</p>") == [Text("a[31mbcde")]
