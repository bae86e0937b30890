"""What came, went and changed; what a page and its spec do not have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.drift.comparing import Gaps, compare, gaps
from codegen.drift.contracts import Contract, read_contract
from codegen.drift.facts import Fact, ordered

PAGE = "https://docs.example.org/users"
OTHER = "https://docs.example.org/other"
GET, POST, PUT = "GET /users", "POST /users", "PUT /users"


def call(name: str) -> Fact:
    return Fact(name, "operation", "", name)


def lines(old: list[Fact], new: list[Fact]) -> list[str]:
    return [f"{change.sign} {change.text}" for change in compare(ordered(old), ordered(new))]


def test_nothing_changed() -> None:
    facts = [call(GET), Fact(GET, "field", "query", "q", "string")]
    assert lines(facts, facts[::-1]) == []


def test_a_call_that_came_counts_its_parts() -> None:
    parts = [Fact(GET, "field", "query", "q"), Fact(GET, "code", "", "404")]
    assert lines([], [call(GET), *parts]) == [f"+ operation {GET}, with 2 fields, codes or headers"]
    assert lines([call(GET)], []) == [f"- operation {GET}"]


def test_a_method_that_changed_keeps_the_parts_of_its_call() -> None:
    was = [call(POST), Fact(POST, "field", "request", "a"), Fact(POST, "field", "request", "b")]
    now = [call(PUT), Fact(PUT, "field", "request", "a"), Fact(PUT, "field", "request", "c")]
    assert lines(was, now) == [f"~ {POST} is now {PUT}", f"- request field b of {PUT}", f"+ request field c of {PUT}"]


def test_two_calls_of_a_path_that_came_for_one_are_no_change_of_method() -> None:
    assert lines([call(POST)], [call(PUT), call(GET)]) == [
        f"- operation {POST}",
        f"+ operation {GET}",
        f"+ operation {PUT}",
    ]


def test_types_and_needs_that_were_not_said_before() -> None:
    was, now = Fact("", "field", "", "a"), Fact("", "field", "", "a", "string", "required")
    assert lines([was], [now]) == [
        "~ field a: type not said is now string",
        "~ field a: need not said is now required",
    ]
    assert lines([now], [was]) == ["~ field a: type string is now not said", "~ field a: required is now not said"]


SPEC = f"""openapi: 3.1.0
info: {{title: Demo, version: '1'}}
externalDocs: {{url: '{PAGE}'}}
servers: [{{url: 'https://api.example.org/v1'}}, {{url: /}}]
components:
  securitySchemes: {{bearer: {{type: http, scheme: bearer}}}}
  parameters: {{id: {{name: id, in: path, required: true, schema: {{type: string}}}}}}
paths:
  /users/{{id}}:
    parameters: [{{$ref: '#/components/parameters/id'}}]
    get:
      parameters:
        - {{name: limit, in: query, schema: {{type: integer}}}}
        - {{name: guess, in: query, x-uncertain: Inferred., schema: {{type: integer}}}}
      responses:
        '200':
          description: ok
          headers: {{X-RateLimit-Limit: {{}}}}
          content:
            application/json:
              schema:
                properties:
                  name: {{type: string}}
                  code: {{type: string, enum: [ONE, TWO]}}
                  elsewhere: {{type: string, x-source: '{OTHER}'}}
        '4XX': {{description: no}}
  /others:
    get: {{x-source: '{OTHER}', responses: {{'200': {{description: ok}}}}}}
  /guesses:
    get: {{x-uncertain: Inferred., responses: {{'200': {{description: ok}}}}}}
"""
READ = "GET /v1/users/{userId}"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi" / "demo.yaml").write_text(SPEC, "utf-8")
    return read_contract(tmp_path, "demo")


def test_a_spec_names_its_pages_and_the_paths_of_its_servers(contract: Contract) -> None:
    assert contract.pages == {PAGE, OTHER}
    assert contract.bases == ("/v1",)


def test_page_and_spec_agree_whatever_the_spelling(contract: Contract) -> None:
    page = [
        call(READ), Fact(READ, "field", "query", "limit", "number"), Fact(READ, "field", "", "user.name", "string"),
        Fact(READ, "field", "path", "id"), Fact(READ, "code", "", "404"), Fact(READ, "code", "", "200"),
        Fact("", "code", "", "ONE"), Fact("", "code", "", "TWO"), Fact("", "header", "", "x-ratelimit-*"),
        Fact("", "header", "", "Authorization"), Fact("", "field", "", "code", "string: ONE, TWO"),
    ]  # fmt: skip
    assert gaps(contract, PAGE, ordered(page)) == Gaps()


def test_what_the_spec_lacks(contract: Contract) -> None:
    page = [
        call(READ), Fact(READ, "field", "query", "limit", "integer"), Fact(READ, "field", "query", "since", "string"),
        Fact(READ, "code", "", "503"), Fact("", "code", "", "THREE"), Fact("", "code", "", "ONE"),
        Fact("", "code", "", "TWO"), Fact("", "header", "", "X-New"), call("GET /new"),
        Fact("GET /new", "field", "query", "x"), Fact("", "field", "", "code"),
    ]  # fmt: skip
    found = gaps(contract, PAGE, ordered(page))
    assert found.spec_lacks == (
        "code THREE",
        "header X-New",
        "operation GET /new",
        "query field since (string) of GET /users/{userId}",
        "code 503 of GET /users/{userId}",
    )
    assert found.differ == ()


def test_what_the_page_lacks_is_what_the_spec_has_from_it(contract: Contract) -> None:
    page = [
        call(READ), Fact(READ, "field", "query", "limit"), Fact(READ, "field", "response", "other"),
        Fact("", "code", "", "ONE"),
    ]  # fmt: skip
    assert gaps(contract, PAGE, ordered(page)).page_lacks == (
        "code TWO",
        "response field code (string: ONE, TWO, optional) of GET /users/{id}",
        "response field name (string, optional) of GET /users/{id}",
    )
    assert gaps(contract, PAGE, (Fact("", "code", "", "x"),)).page_lacks[0] == "code ONE"
    assert gaps(contract, OTHER, (call("GET /x"),)).page_lacks == ("operation GET /others",)
    assert "operation GET /users/{id}" in gaps(contract, PAGE, (call("GET /x"),)).page_lacks


def test_what_stands_in_a_free_object_is_an_example(contract: Contract) -> None:
    page = (call(READ), Fact(READ, "field", "response", "name.first", "string"))
    assert gaps(contract, PAGE, page).spec_lacks == ()
    page = (call(READ), Fact(READ, "field", "response", "unknown.first", "string"))
    assert gaps(contract, PAGE, page).spec_lacks != ()


def test_where_page_and_spec_differ(contract: Contract) -> None:
    page = (call(READ), Fact(READ, "field", "query", "limit", "string"))
    assert gaps(contract, PAGE, page).differ == (
        "query field limit of GET /users/{userId}: string on the page, integer in the spec",
    )
