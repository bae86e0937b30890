"""The command on pages that change: each kind of change is recorded, served, told, and ended by --accept."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tomllib
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.drift import command
from codegen.drift.sources import NAME

from .conftest import PAGE, Checkout, Site

BASE = """<!doctype html><html><head><title>Users</title></head><body>
<nav>Home</nav>
<main>
<h1>Users</h1>
<p>People who use the product.</p>
<h2>Create a user</h2>
<p><code>POST /users</code></p>
<h3>Body</h3>
<table><tr><th>Field</th><th>Type</th><th>Required</th></tr>
<tr><td><code>email</code></td><td>string</td><td>yes</td></tr>
<tr><td><code>age</code></td><td>integer</td><td>no</td></tr></table>
<h3>Headers</h3>
<table><tr><th>Name</th><th>Value</th></tr><tr><td>Authorization</td><td>Bearer key</td></tr></table>
<h3>Errors</h3>
<table><tr><th>Code</th><th>Meaning</th></tr><tr><td>400</td><td>Bad input</td></tr>
<tr><td>USER_EXISTS</td><td>The address is taken</td></tr></table>
<div class="theme-last-updated">Last updated on <b>Jan 3, 2026</b></div>
</main><footer>(c) Example</footer><script src="/app.8f3a.js"></script></body></html>"""


def edited(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


LATER = "<h2>Delete a user</h2><p><code>DELETE /users/{id}</code></p><h3>Errors</h3><p>404 Not Found</p></main>"

FACTS = {
    "an operation came": (edited("</main>", LATER), "+ operation DELETE /users/{id}, with 1 field"),
    "an operation went": (
        BASE[: BASE.index("<h2>")] + "</main></body></html>",
        "- operation POST /users, with 5 fields",
    ),
    "a method changed": (edited("POST /users", "PUT /users"), "~ POST /users is now PUT /users"),
    "a field came": (
        edited("<tr><td><code>age<", "<tr><td><code>name</code></td><td>string</td><td>no</td></tr><tr><td><code>age<"),
        "+ request field name (string, optional) of POST /users",
    ),
    "a field went": (
        edited("<tr><td><code>age</code></td><td>integer</td><td>no</td></tr>", ""),
        "- request field age (integer, optional) of POST /users",
    ),
    "a type changed": (
        edited("<td>integer</td>", "<td>string</td>"),
        "~ request field age of POST /users: type integer is now string",
    ),
    "a need changed": (
        edited("<td>integer</td><td>no</td>", "<td>integer</td><td>yes</td>"),
        "~ request field age of POST /users: optional is now required",
    ),
    "an error code came": (
        edited("<tr><td>400<", "<tr><td>USER_BLOCKED</td><td>Blocked</td></tr><tr><td>400<"),
        "+ code USER_BLOCKED of POST /users",
    ),
    "an error code went": (
        edited("<tr><td>USER_EXISTS</td><td>The address is taken</td></tr>", ""),
        "- code USER_EXISTS of POST /users",
    ),
    "a status came": (edited("<tr><td>400<", "<tr><td>409</td><td>Taken</td></tr><tr><td>400<"), "+ code 409 of"),
    "a header came": (
        edited("<tr><td>Authorization<", "<tr><td>X-Trace</td><td>any</td></tr><tr><td>Authorization<"),
        "+ header X-Trace of POST /users",
    ),
    "a header went": (edited("<tr><td>Authorization</td><td>Bearer key</td></tr>", ""), "- header Authorization of"),
}

SAME = {
    "navigation": edited("<nav>Home</nav>", "<nav>Home, and a new page</nav><header>News!</header>"),
    "the day of the last update": edited("Jan 3, 2026", "Feb 28, 2026"),
    "its footer and scripts": edited("(c) Example", "(c) Other").replace("8f3a", "99aa"),
    "attributes of its build": edited("<td>string", '<td class="css-9x1" data-reactid="7">string'),
    "whitespace and markup": edited(
        "<p>People who use the product.</p>", "<div>People who\n\n <b>use</b> the product. </div>"
    ),
}


@pytest.mark.parametrize("name", FACTS)
async def test_a_fact_that_changed_is_told_until_it_is_accepted(name: str, site: Site, checkout: Checkout) -> None:
    page, line = FACTS[name]
    site.publish(BASE)
    await checkout.accept(site)
    site.publish(page)
    ran = await checkout.drift(site)
    assert ran.code == 1
    assert f"\n    {line}" in ran.out
    assert len(re.findall(r"^    [-+~] ", ran.out, re.MULTILINE)) == 1
    assert (await checkout.drift(site, "--accept")).code == 0
    assert (await checkout.drift(site)).code == 0


@pytest.mark.parametrize("name", SAME)
async def test_what_is_not_content_is_no_change(name: str, site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    site.publish(SAME[name])
    ran = await checkout.drift(site)
    assert (ran.code, ran.out) == (0, "1 page: 1 as accepted.\n")


async def test_prose_that_changed_is_drift_without_a_fact(site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    site.publish(edited("People who use the product.", "People who use the product. Deleting one cannot be undone."))
    ran = await checkout.drift(site)
    assert ran.code == 1
    assert "Its words changed since 2026-03-01; no fact that could be read off it did. (demo.yaml)" in ran.out
    assert "\n    + " not in ran.out


async def test_a_page_that_was_never_recorded_is_drift(site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    ran = await checkout.drift(site)
    assert ran.code == 1
    assert "It was never recorded: read it, then accept it." in ran.out
    assert ran.out.endswith("1 page: 1 never recorded.\n")
    assert not (checkout.root / "openapi" / "facts").exists()


async def test_what_is_accepted_is_committed_as_facts(site: Site, checkout: Checkout) -> None:
    site.publish(BASE, etag='"v1"', last_modified="Sat, 28 Feb 2026 10:00:00 GMT")
    ran = await checkout.drift(site, "--accept")
    [page] = tomllib.loads((checkout.root / NAME).read_text())["page"]
    assert page["read"] == "2026-03-01"
    assert page["etag"] == '"v1"'
    assert page["modified"] == "Sat, 28 Feb 2026 10:00:00 GMT"
    assert f"recorded {PAGE}: 2026-03-01, {page['digest']}\n" in ran.out
    text = (checkout.root / "openapi/facts/demo/docs.example.org-api-users.json").read_text()
    facts = json.loads(text)
    assert facts["address"] == PAGE
    assert ["POST /users", "field", "request", "email", "string", "required"] in facts["facts"]
    assert ["POST /users", "code", "", "USER_EXISTS", "", ""] in facts["facts"]
    assert text.count("\n") == len(facts["facts"]) + 5
    assert "People" not in text


async def test_the_server_may_say_that_nothing_changed(site: Site, checkout: Checkout) -> None:
    site.publish(BASE, etag='"v1"', last_modified="Sat, 28 Feb 2026 10:00:00 GMT")
    await checkout.accept(site)
    site.publish(b"", status=304)
    ran = await checkout.drift(site)
    assert (ran.code, ran.out) == (0, "1 page: 1 as accepted.\n")
    asked = site.served.requests[-1].headers
    assert asked["If-None-Match"] == '"v1"'
    assert asked["If-Modified-Since"] == "Sat, 28 Feb 2026 10:00:00 GMT"
    facts = (checkout.root / "openapi/facts/demo/docs.example.org-api-users.json").read_text()
    await checkout.accept(site)
    assert (checkout.root / "openapi/facts/demo/docs.example.org-api-users.json").read_text() == facts


async def test_a_record_without_its_facts_is_none(site: Site, checkout: Checkout) -> None:
    site.publish(BASE, etag='"v1"')
    await checkout.accept(site)
    (checkout.root / "openapi/facts/demo/docs.example.org-api-users.json").unlink()
    ran = await checkout.drift(site)
    assert "1 never recorded" in ran.out
    assert "If-None-Match" not in site.served.requests[-1].headers


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_that_is_gone_is_drift_and_cannot_be_accepted(status: int, site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    before = (checkout.root / NAME).read_text()
    site.publish("no", status=status)
    ran = await checkout.drift(site)
    assert ran.code == 1
    assert "There is no such page any more" in ran.out
    assert f"    answers {status}\n" in ran.out
    accepting = await checkout.drift(site, "--accept")
    assert accepting.code == 1
    assert accepting.err == f"not recorded {PAGE}: it answers {status}\n"
    assert (checkout.root / NAME).read_text() == before


async def test_one_page_that_cannot_be_read_does_not_hide_the_others(site: Site, checkout: Checkout) -> None:
    checkout.write_sources(PAGE, f"{PAGE}/two", f"{PAGE}/three")
    site.publish(BASE)
    site.publish(BASE, "/api/users/two")
    site.publish("x", "/api/users/three", status=503)
    ran = await checkout.drift(site, "--accept")
    assert ran.code == 2
    assert ran.err == f"not recorded {PAGE}/three: it answers 503\n"
    site.publish(edited("integer", "string"), "/api/users/two")
    ran = await checkout.drift(site)
    assert ran.code == 2
    assert "type integer is now string" in ran.out
    assert "It could not be looked at, and was never recorded. (demo.yaml)\n    answers 503\n" in ran.out
    assert ran.out.endswith("3 pages: 1 as accepted, 1 changed, 1 could not be looked at.\n")


async def test_pages_are_chosen_by_address_or_spec(site: Site, checkout: Checkout) -> None:
    checkout.write_sources(PAGE, f"{PAGE}/two")
    site.publish(BASE)
    assert (await checkout.drift(site, PAGE, "--accept")).code == 0
    assert [page["read"] for page in tomllib.loads((checkout.root / NAME).read_text())["page"]] == ["2026-03-01", ""]
    assert [seen.path for seen in site.served.requests] == ["/api/users"]
    assert (await checkout.drift(site, "demo")).code == 1
    assert len(site.served.requests) == 3


async def test_what_page_and_spec_do_not_have_in_common_is_told(site: Site, checkout: Checkout) -> None:
    site.publish(edited("<td>integer</td>", "<td>string</td>").replace("<code>email<", "<code>mail<"))
    ran = await checkout.drift(site)
    lacks = ran.out.partition("the page has, the spec lacks:\n")[2]
    assert "      request field mail (string, required) of POST /users\n" in lacks
    assert "      code USER_EXISTS of POST /users\n" in lacks
    assert "the spec has, the page lacks:\n      request field email (string, required) of POST /users\n" in lacks
    assert (
        "page and spec differ:\n      request field age of POST /users: string on the page, integer in the spec"
        in lacks
    )
    await checkout.accept(site)
    assert "the spec lacks" not in (await checkout.drift(site)).out  # it was accepted
    assert "the spec lacks" in (await checkout.drift(site, PAGE)).out  # it was asked for


async def test_the_gaps_are_told_from_the_record_when_the_page_is_not_there(site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    site.publish("x", status=503)
    assert "      code USER_EXISTS of POST /users\n" in (await checkout.drift(site)).out


async def test_a_page_that_moved_for_good_says_where_to(site: Site, checkout: Checkout) -> None:
    site.publish("", status=301, location="/v2/users")
    site.publish(BASE, "/v2/users")
    assert "    moved for good to https://docs.example.org/v2/users\n" in (await checkout.drift(site)).out


async def test_a_page_may_be_fetched_elsewhere(site: Site, checkout: Checkout) -> None:
    checkout.write_sources(PAGE, fetch=f"{PAGE}.md")
    site.publish("# Users\n\n`POST /users`\n", "/api/users.md", content_type="text/markdown")
    await checkout.accept(site)
    assert (checkout.root / "openapi/facts/demo/docs.example.org-api-users.json").exists()


async def test_markdown_is_for_an_issue(site: Site, checkout: Checkout) -> None:
    site.publish(edited("USER_EXISTS", "USER_EXISTS_ALREADY"))
    ran = await checkout.drift(site, "--format", "markdown")
    assert ran.code == 1
    assert ran.out.startswith(f"1 page: 1 never recorded.\n\n### <{PAGE}>\n\nIt was never recorded")
    assert "\n````text\nthe page has, the spec lacks:\n" in ran.out
    assert "  code USER_EXISTS_ALREADY of POST /users\n" in ran.out


@pytest.mark.parametrize(
    "media",
    ["application/pdf", "image/png", "text/\x00html", "-c", "x" * 5000, "", "text/html; charset=" + "a" * 5000],
    ids=["pdf", "png", "nul", "an option", "long", "none", "long charset"],
)
async def test_a_type_of_content_that_changed_cannot_be_read_or_is(media: str, site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    site.publish(BASE, content_type=media)
    ran = await checkout.drift(site)
    if media.startswith("text/html;"):
        assert ran.code == 0
    else:
        assert ran.code == 2
        assert "It could not be looked at." in ran.out
        assert max(map(len, ran.out.splitlines())) < 250


async def test_a_page_of_hostile_words_is_recorded_and_told_as_names(site: Site, checkout: Checkout) -> None:
    evil = "\x1b[31m\u202e`````@everyone</pre><script>x</script>##[error]::set-output"
    rows = "".join(f"<tr><td>{code}</td><td>{evil}</td></tr>" for code in ("`` `", "EVIL_CODE", evil, "../../../etc"))
    page = edited("<tr><td>400<", f"{rows}<tr><td>400<")
    site.publish(page.replace("<h2>Create", f"<h2>GET /{evil} {evil}</h2><h2>Create"))
    for form in ("text", "markdown"):
        ran = await checkout.drift(site, "--format", form)
        assert "code EVIL_CODE of POST /users" in ran.out
        assert all(character.isprintable() or character == "\n" for character in ran.out)
        assert "##[" not in ran.out
    await checkout.accept(site)
    assert (await checkout.drift(site)).code == 0
    for path in (checkout.root / "openapi").rglob("*"):
        assert path.is_dir() or path.read_bytes().isascii()


def test_every_option_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs/drift.md").read_text("utf-8")
    options = re.findall(r"--[a-z]+", command_help())
    assert set(options) > {"--accept", "--format"}
    assert {option for option in options if f"`{option}" not in page} == {"--help"}


def command_help() -> str:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    command.add_to(commands)
    return commands.choices["drift"].format_help()


def test_a_list_that_cannot_be_used_is_one_line(checkout: Checkout) -> None:
    (checkout.root / NAME).write_text('[[page]]\naddress = "http://x"\n')
    assert main(["drift"], checkout.root) == 2
    assert checkout.capsys.readouterr().err == f"{NAME}:1: a page has address, spec, read and digest\n"
    assert main(["drift", "nowhere"], checkout.root) == 2


def test_a_name_that_leads_nowhere_is_said(checkout: Checkout) -> None:
    checkout.write_sources("https://docs.example.invalid/page")
    assert main(["drift"], checkout.root) == 2
    assert "It could not be looked at, and was never recorded." in checkout.capsys.readouterr().out


async def test_a_broken_facts_file_is_one_line(site: Site, checkout: Checkout) -> None:
    site.publish(BASE)
    await checkout.accept(site)
    name = "openapi/facts/demo/docs.example.org-api-users.json"
    (checkout.root / name).write_text('{"facts": [["x"]]}')
    assert await asyncio.to_thread(main, ["drift"], checkout.root) == 2
    said = checkout.capsys.readouterr().err
    assert said == f"{name}: holds no facts (ValueError): restore it, or remove it and accept the page\n"
    (checkout.root / name).unlink()
    await checkout.accept(site)
    assert (await checkout.drift(site)).code == 0


def test_the_generator_loads_neither_network_nor_parsers() -> None:
    import subprocess
    import sys

    program = "import sys, codegen.__main__; print({'aiohttp', 'lxml', 'markdown_it', 'tomlkit'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
