"""Facts are found where authors of such pages put them."""

from __future__ import annotations

import json

import pytest

from codegen.drift.extracting import extract
from codegen.drift.facts import MAX_FACTS, MAX_NAME, operation_name, same_call
from codegen.drift.fragments import of_openapi
from codegen.drift.reducing import reduce


def facts(text: str, media: str = "text/markdown") -> set[tuple[str, ...]]:
    """Return what a page says, each fact without its empty parts."""
    found = extract(reduce(text.encode(), media, "https://docs.example.org/x"))
    return {tuple(part for part in (f.operation, f.kind, f.place, f.name, f.type, f.need) if part) for f in found}


def test_a_fragment_of_openapi_under_its_heading() -> None:
    fragment = {
        "openapi": "3.0.3",
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "schemas": {
                "User": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": {"type": "integer", "format": "int64"},
                        "role": {"type": "string", "enum": ["owner", "guest"]},
                        "friends": {"type": "array", "items": {"$ref": "#/components/schemas/User"}},
                    },
                },
                "Error": {"properties": {"code": {"enum": ["NOT_THERE"]}}},
            },
        },
        "paths": {
            "/users/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "get": {
                    "parameters": [{"name": "X-Trace", "in": "header"}],
                    "responses": {
                        "200": {
                            "headers": {"X-Left": {}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}},
                        },
                        "404": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
                        "default": {"$ref": "#/components/responses/Gone"},
                    },
                },
            }
        },
    }
    get = "GET /users/{id}"
    assert facts(f"## {get}\n\n> Read one\n\n```json\n{json.dumps(fragment)}\n```\n") == {
        ("code", "NOT_THERE"),
        ("header", "X-Key"),
        (get, "operation", get),
        (get, "field", "path", "id", "integer", "required"),
        (get, "field", "response", "id", "integer (int64)", "required"),
        (get, "field", "response", "role", "string: guest, owner", "optional"),
        (get, "field", "response", "friends", "array", "optional"),
        (get, "field", "error", "code", ": NOT_THERE", "optional"),
        (get, "code", "200"),
        (get, "code", "404"),
        (get, "code", "default"),
        (get, "header", "X-Left"),
        (get, "header", "X-Trace"),
    }


def test_a_document_in_yaml_and_one_of_swagger_2() -> None:
    body = "{content: {a/b: {schema: {properties: {x: {}}}}}}"
    assert facts(f"openapi: 3.1.0\npaths: {{/a: {{post: {{requestBody: {body}}}}}}}", "application/yaml") == {
        ("POST /a", "operation", "POST /a"),
        ("POST /a", "field", "request", "x", "optional"),
    }
    assert facts(
        "swagger: '2.0'\nsecurityDefinitions: {b: {type: basic}}\npaths: {/a: {post: {parameters: ["
        "{in: body, name: body, schema: {properties: {x: {type: string}}}}, {in: formData, name: f, type: file}],"
        " responses: {'200': {schema: {properties: {y: {}}}}}}}}",
        "application/yaml",
    ) == {
        ("header", "Authorization"),
        ("POST /a", "operation", "POST /a"),
        ("POST /a", "code", "200"),
        ("POST /a", "field", "request", "x", "string", "optional"),
        ("POST /a", "field", "request", "f", "file", "optional"),
        ("POST /a", "field", "response", "y", "optional"),
    }


def test_events_are_read_as_calls_of_their_own() -> None:
    document = """
openapi: 3.1.0
webhooks: {saved: {post: {requestBody: {content: {a/b: {schema: {properties: {id: {}}}}}}}}}
paths:
  /a: {post: {callbacks: {done: {'{$url}': {post: {requestBody: {content: {a/b: {schema: {properties: {ok: {}}}}}}}}}}}}
"""
    found = facts(document, "application/yaml")
    assert ("WEBHOOK saved", "field", "request", "id", "optional") in found
    assert ("CALLBACK done", "field", "request", "ok", "optional") in found


def test_tables_of_fields_by_what_stands_above_them() -> None:
    page = """
# Create

`POST` `https://api.example.org/v1/users`

**Headers**

| Name | Value |
| --- | --- |
| Content-Type | `application/json` |
| Authentication | Bearer |

**Query parameters**

| Parameter | Type | Description |
| --- | --- | --- |
| `dry_run` | bool | Optional. Only validate |

**Body**

| Name | Type | Description |
| --- | --- | --- |
| `uid`* | str | who |
| email (required) | String | where |
| *plan* | list of int | Required |

**Response**

| Field | Required? |
| --- | --- |
| id | ✓ |
| note | ✗ |

# Others

| Property | Optional |
| --- | --- |
| loose | yes |
"""
    post = "POST /v1/users"
    assert facts(page) == {
        (post, "operation", post),
        (post, "header", "Authentication"),
        (post, "field", "query", "dry_run", "boolean", "optional"),
        (post, "field", "request", "uid", "string", "required"),
        (post, "field", "request", "email", "string", "required"),
        (post, "field", "request", "plan", "array of integer", "required"),
        (post, "field", "response", "id", "required"),
        (post, "field", "response", "note", "optional"),
        ("field", "loose", "optional"),
    }


def test_tables_of_calls_codes_and_headers() -> None:
    page = """
| Method | Endpoint |
| --- | --- |
| GET | /tools?domain=x |
| post | `/tools/{key}` |

| Error code | Meaning |
| --- | --- |
| `RATE_LIMITED` | slow down |
| connect-01 | ask us |
| 429 Too Many Requests | slow down |
| 5xx | ours |

| Header | Meaning |
| --- | --- |
| X-RateLimit-Reset | when |
"""
    assert facts(page) == {
        ("GET /tools", "operation", "GET /tools"),
        ("POST /tools/{key}", "operation", "POST /tools/{key}"),
        ("code", "RATE_LIMITED"),
        ("code", "connect-01"),
        ("code", "429"),
        ("code", "5XX"),
        ("header", "X-RateLimit-Reset"),
    }


def test_samples_of_curl_http_and_json() -> None:
    page = r"""
## Send again

```bash
curl --request POST \
  --url 'https://api.example.org/v1/task/5774cc78b0/send?x=1' \
  -H 'Authorization: Basic key' -H "Content-Type: application/json" \
  -d '{"reason": "lost", "tags": [{"n": 1}]}'
```

Response

```json
{"status": "ok", "count": 1, "ratio": 0.5, "nothing": null, "error": {"code": "connect-01, ask"}}
```

```http
GET /v1/task/{id} HTTP/1.1
X-Trace: 1

```

```http
HTTP/1.1 404 Not Found
Retry-After: 3

{"errorCode": "GONE_AWAY"}
```

```js
{ "broken": true, ... }
```
"""
    send = "POST /v1/task/5774cc78b0/send"
    read = "GET /v1/task/{id}"
    assert facts(page) == {
        (send, "operation", send),
        (send, "header", "Authorization"),
        (send, "field", "request", "reason", "string"),
        (send, "field", "request", "tags", "array"),
        (send, "field", "request", "tags[].n", "integer"),
        (send, "field", "response", "status", "string"),
        (send, "field", "response", "count", "integer"),
        (send, "field", "response", "ratio", "number"),
        (send, "field", "response", "nothing"),
        (send, "field", "response", "error", "object"),
        (send, "field", "response", "error.code", "string"),
        (send, "code", "connect-01"),
        (read, "operation", read),
        (read, "header", "X-Trace"),
        (read, "header", "Retry-After"),
        (read, "code", "404"),
        (read, "code", "GONE_AWAY"),
        (read, "field", "response", "errorCode", "string"),
        (read, "field", "response", "broken"),
    }


def test_a_sample_that_is_filled_in_is_the_call_above_it() -> None:
    page = "## POST /task/{taskId}/send\n\n```\ncurl -X POST https://api.example.org/task/57ab/send -u key:\n```\n"
    assert facts(page) == {
        ("POST /task/{taskId}/send", "operation", "POST /task/{taskId}/send"),
        ("POST /task/{taskId}/send", "header", "Authorization"),
    }


def test_a_section_above_a_call_ends_it_and_a_part_beside_it_does_not() -> None:
    page = """
# API

```
Authorization: Bearer key
```

```http
GET /tools
GET /tools/{key}
```

### POST /tools

### Request body

```json
{"input": {}}
```

## Errors

```json
{"error": {"code": "NO_WAY"}}
```
"""
    assert facts(page) == {
        ("header", "Authorization"),
        *((name, "operation", name) for name in ("GET /tools", "GET /tools/{key}", "POST /tools")),
        ("POST /tools", "field", "request", "input", "object"),
        ("field", "error", "error", "object"),
        ("field", "error", "error.code", "string"),
        ("code", "NO_WAY"),
    }


def test_words_name_headers_codes_and_calls() -> None:
    page = """
Limits come as `X-RateLimit-*` headers; the header `refonte-ai--callback-auth` is the key, `Retry-After` may be sent.

Errors are `NOT_FOUND` and `FORBIDDEN`; `JSON` is not one, nor `HTTPS`.

## Users (`GET /users`)

- `email` (string, required): where
- `age`: integer
- `note` is anything but a field

409 - already there

500 requests an hour, GET/POST calls alike.
"""
    assert facts(page) == {
        ("header", "X-RateLimit-*"),
        ("header", "refonte-ai--callback-auth"),
        ("header", "Retry-After"),
        ("code", "NOT_FOUND"),
        ("code", "FORBIDDEN"),
        ("GET /users", "operation", "GET /users"),
        ("GET /users", "field", "email", "string", "required"),
        ("GET /users", "field", "age", "integer"),
        ("GET /users", "code", "409"),
    }


def test_a_method_and_its_path_may_stand_apart() -> None:
    page = "<div><span>POST</span><span>/a/:id</span></div><div>GET</div><div>/b/<i>&lt;key&gt;</i></div>"
    assert facts(f"<main>{page}</main>", "text/html") == {
        ("POST /a/{id}", "operation", "POST /a/{id}"),
        ("GET /b/{key}", "operation", "GET /b/{key}"),
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("https://api.example.org/v1/users/?x=1#y", "GET /v1/users"),
        ("/users/:id", "GET /users/{id}"),
        ("/users/<user id>/x", "GET /users/{user id}/x"),
        ("/users/{{id}}", "GET /users/{id}"),
        ("/users/%7Bid%7D", "GET /users/{id}"),
        ("/v1/sessions:revoke", "GET /v1/sessions:revoke"),
        ("/", "GET /"),
    ],
)
def test_one_spelling_for_a_path(path: str, name: str) -> None:
    assert operation_name("get", path) == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("GET /a/{id}", "GET /a/{taskId}", True),
        ("GET /a/{id}", "GET /a/57ab", True),
        ("GET /a/{id}", "GET /a/TASK_ID", True),
        ("GET /a/{id}", "GET /a/list", False),
        ("GET /a/{id}", "POST /a/{id}", False),
        ("GET /a/{id}", "GET /a/{id}/b", False),
        ("GET /a/v{id}", "GET /a/v1", True),
    ],
)
def test_when_two_calls_are_one(one: str, other: str, same: bool) -> None:
    assert same_call(one, other) is same
    assert same_call(other, one) is same


def test_a_page_of_names_alone_is_bounded() -> None:
    rows = "".join(f"<tr><td>field_{number}_{'x' * 200}</td></tr>" for number in range(5000))
    found = extract(reduce(f"<table><tr><th>Field</th></tr>{rows}</table>".encode(), "text/html", "https://a.example/"))
    assert len(found) == MAX_FACTS
    assert max(len(fact.name) for fact in found) <= MAX_NAME


def test_names_in_a_document_are_visible_and_bounded() -> None:
    [call, field] = of_openapi(
        {"paths": {"/a": {"get": {"parameters": [{"name": f"\x1b[31m\u202e{'x' * 999}", "in": "query"}]}}}}
    )
    assert call.name == "GET /a"
    assert field.name.isprintable()
    assert len(field.name) <= MAX_NAME


@pytest.mark.parametrize(
    "document",
    [
        None, [], "x", {"paths": []}, {"paths": {"/a": None}}, {"paths": {"/a": {"get": []}}},
        {"paths": {"/a": {"get": {"parameters": "x", "requestBody": [], "responses": {"200": "x"}}}}},
        {"paths": {"/a": {"get": {"parameters": [None, {"name": 1, "in": "query"}], "responses": []}}}},
        {"paths": {"/a": {"$ref": "#/paths/~1a"}}}, {"paths": {"/a": {"$ref": "https://evil.example/x"}}},
        {"paths": {"/a": {"get": {"responses": {"200": {"content": {"a/b": None, "c/d": {"schema": 1}}}}}}}},
        {"components": {"schemas": {"A": {"allOf": [{"$ref": "#/components/schemas/A"}] * 50}}}},
        {"components": {"securitySchemes": {"a": {"type": "apiKey", "in": "header"}, "b": 1}}},
    ],
)  # fmt: skip
def test_a_document_of_another_shape_does_no_harm(document: object) -> None:
    assert {fact.kind for fact in of_openapi(document)} <= {"operation", "code", "field"}


def test_schemas_that_spell_each_other_out_are_bounded() -> None:
    names = [f"S{number}" for number in range(16)]
    schema = {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}}
    assert len(of_openapi({"components": {"schemas": dict.fromkeys(names, schema)}})) <= MAX_FACTS
    deep = {name: {"allOf": [{"$ref": f"#/components/schemas/{other}"} for other in names]} for name in names}
    assert of_openapi({"components": {"schemas": deep}}) == ()
