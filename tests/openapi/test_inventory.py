"""Nothing that the vendors describe is missing, and what is less certain is marked as that.

The mark before each call: D, the page of the API itself describes it; V, another page of the vendor or its published
OpenAPI does; R, a related product has it. An endpoint that is added to a document needs no line here.
"""

from __future__ import annotations

import pytest

OPERATIONS = """
rezi     V  GET     /accessToken                            tokens.create_access_token
rezi     D  POST    /user/token                             users.connect
rezi     V  GET     /users                                  users.list
rezi     V  GET     /user/{userID}                          users.get
rezi     V  GET     /user/{userID}/resumes                  users.list_resumes
rezi     V  POST    /user/{userID}/resume                   users.create_resume
rezi     V  GET     /resume/{resumeID}                      resumes.get
rezi     V  GET     /resume/{resumeID}/download             resumes.download
rezi     V  GET     /resume/{resumeID}/score                resumes.score
rezi     V  POST    /plan/upgrade                           plans.upgrade
rezolve  D  GET     /tools                                  tools.list
rezolve  D  GET     /tools/{tool_key}                       tools.get
rezolve  D  POST    /tools/{tool_key}/execute               tools.execute
refonte  V  POST    /task/textcollection                    tasks.create_text_collection
refonte  V  POST    /task/imageannotation                   tasks.create_image_annotation
refonte  V  POST    /task/segmentannotation                 tasks.create_segment_annotation
refonte  R  GET     /task/{taskId}                          tasks.get
refonte  R  POST    /task/{taskId}/cancel                   tasks.cancel
refonte  D  POST    /task/{taskId}/send-callback            tasks.send_callback
refonte  R  GET     /tasks                                  tasks.list
refonte  V  POST    /batches                                batches.create
refonte  R  GET     /batches                                batches.list
refonte  R  GET     /batches/{name}                         batches.get
refonte  R  GET     /batches/{name}/status                  batches.status
refonte  V  POST    /batches/{name}/finalize                batches.finalize
refonte  V  POST    /projects                               projects.create
refonte  V  GET     /projects                               projects.list
refonte  V  GET     /projects/{name}                        projects.get
refonte  V  POST    /files/upload                           files.upload
refonte  V  POST    /files/import                           files.import_url
refonte  V  GET     /teams                                  teams.list
refonte  V  POST    /teams/invite                           teams.invite
relays   D  POST    /v1/relays/sessions                     sessions.create
relays   D  GET     /v1/relays/sessions                     sessions.list
relays   D  GET     /v1/relays/sessions/{session_id}        sessions.get
relays   D  DELETE  /v1/relays/sessions/{session_id}        sessions.delete
relays   D  POST    /v1/relays/sessions:authorize-user      sessions.authorize_user
relays   D  POST    /v1/relays/sessions:revoke-user         sessions.revoke_user
"""

EVENTS = """
rezi     V  webhook   resume_section_saved
refonte  D  callback  task_callback
relays   D  webhook   session_ready
"""

# The bodies that no page shows; the other events are documented.
UNCERTAIN_PAYLOADS = {"rezi", "relays"}

ERRORS = {
    "rezi": {"400", "401", "500"},
    "rezolve": {"429", "default"},
    "refonte": {"400", "401", "402", "404", "409", "429", "500"},
    "relays": {"400", "401", "403", "404", "409", "500", "503"},
}

RELAY_ERRORS = {
    "sessions.create": {"400", "401", "403", "500", "503"},
    "sessions.list": {"401", "403", "500"},
    "sessions.get": {"401", "403", "404", "500"},
    "sessions.delete": {"401", "403", "404", "500", "503"},
    "sessions.authorize_user": {"400", "401", "403", "409", "500", "503"},
    "sessions.revoke_user": {"400", "401", "403", "404", "500", "503"},
}

SERVERS = {
    "rezi": ("https://open-api.rezi.ai/v1", {"type": "http", "scheme": "bearer"}),
    "rezolve": ("https://integration-hub.rezolve.ai/api/v1", {"type": "http", "scheme": "bearer"}),
    "refonte": ("https://api.refonte.com/v1", {"type": "http", "scheme": "basic"}),
    "relays": ("https://api.edgegap.com", {"type": "apiKey", "in": "header", "name": "Authorization"}),
}

UNIQUE_ID = {"in": "body", "name": "unique_id", "generate": False}

SECRETS = {
    "rezi": {"uid", "token", "access_token", "aiTokenId"},
    "rezolve": set(),
    "refonte": {"refonte-ai--callback-auth", "refonte.ai-callback-auth"},
    "relays": {"authorization_token"},
}


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def identifier(row: list[str]) -> str:
    return f"{row[0]} {row[-1]}"


def listed(contracts, api: str) -> list:
    """Return the calls of the table, without those that were added later."""
    names = {row[-1] for row in rows(OPERATIONS) if row[0] == api}
    return [call for call in contracts[api].operations if call.operation["operationId"] in names]


def errors(operation) -> set[str]:
    return {status for status in operation["responses"] if not status.startswith("2")}


@pytest.mark.parametrize("row", rows(OPERATIONS), ids=identifier)
def test_operation_is_there(contracts, row: list[str]) -> None:
    api, mark, verb, path, name = row
    operation = contracts[api].document["paths"][path][verb.lower()]
    assert operation["operationId"] == name
    if mark == "R":
        assert "x-uncertain" in operation, "a related product has it: say so"
    if mark == "D":
        assert "x-uncertain" not in operation, "it is documented"


@pytest.mark.parametrize("row", rows(EVENTS), ids=identifier)
def test_event_is_there(contracts, row: list[str]) -> None:
    api, _, kind, name = row
    [event] = [event for event in contracts[api].events if event.title == f"{kind} {name}"]
    schema = contracts[api].resolve(event.operation["requestBody"]["content"]["application/json"]["schema"])
    assert ("x-uncertain" in schema) == (api in UNCERTAIN_PAYLOADS)


def test_every_task_that_is_created_can_call_back(contracts) -> None:
    creates = [call for call in contracts["refonte"].operations if ".create_" in call.operation["operationId"]]
    assert [call.title for call in creates if "task_callback" not in call.operation["callbacks"]] == []


def test_errors_are_the_documented_ones(contracts) -> None:
    for api, documented in ERRORS.items():
        found = {status for call in listed(contracts, api) for status in errors(call.operation)}
        assert found == documented, api


@pytest.mark.parametrize("name", RELAY_ERRORS)
def test_each_relay_call_has_its_own_errors(contracts, name: str) -> None:
    [call] = [call for call in contracts["relays"].operations if call.operation["operationId"] == name]
    assert errors(call.operation) == RELAY_ERRORS[name]


def test_every_error_code_of_the_hub_is_known_and_has_an_example(contracts) -> None:
    hub = contracts["rezolve"]
    shown = {
        example["error"]["code"]
        for where, content in hub.bodies()
        for example in [content.get("example"), *(each["value"] for each in content.get("examples", {}).values())]
        if where.startswith("POST") and "error" in (example or {})
    }
    assert shown == set(hub.document["components"]["schemas"]["ErrorCode"]["enum"])


def test_errors_come_inside_a_success_where_the_vendor_does_that(contracts) -> None:
    for api, contract in contracts.items():
        marked = [
            "x-error-in-success" in response
            for call in contract.operations
            for status, response in contract.responses(call.operation)
            if status == "200"
        ]
        assert set(marked) == {api in {"rezi", "rezolve"}}, api


@pytest.mark.parametrize("api", SERVERS)
def test_server_and_credentials(contracts, api: str) -> None:
    document = contracts[api].document
    url, expected = SERVERS[api]
    assert [server["url"] for server in document["servers"]] == [url]
    [[name]] = document["security"]
    scheme = document["components"]["securitySchemes"][name]
    assert {key: scheme[key] for key in scheme if key != "description"} == expected


@pytest.mark.parametrize("api", SECRETS)
def test_secrets_are_marked_wherever_they_stand(contracts, api: str) -> None:
    contract = contracts[api]
    marked: set[str] = set()
    bare: set[str] = set()
    named = [(each["name"], each["schema"]) for _, each in contract.parameters() if "name" in each]
    for _, content in contract.bodies():
        for schema in contract.schemas(content["schema"]):
            named += schema.get("properties", {}).items()
    for name, schema in named:
        (marked if schema.get("x-secret") else bare).add(name)
    assert marked >= SECRETS[api]
    assert marked & bare == set()


def test_an_authorization_token_has_64_bits(contracts) -> None:
    """3500589645 and its like do not fit a signed int32, which some readers of OpenAPI take an integer to be."""
    relays = contracts["relays"]
    tokens = [
        schema["properties"]["authorization_token"]
        for _, content in relays.bodies()
        for schema in relays.schemas(content["schema"])
        if "authorization_token" in schema.get("properties", {})
    ]
    assert tokens
    assert {(token["type"], token["format"]) for token in tokens} == {("integer", "int64")}


@pytest.mark.parametrize(
    ("api", "name", "extension", "value"),
    [
        ("rezi", "plans.upgrade", "x-safety", "unsafe"),
        (
            "rezolve",
            "tools.execute",
            "x-idempotency-key",
            {"in": "body", "name": "idempotency_key", "generate": True, "unless": "dry_run"},
        ),
        *(
            ("refonte", f"tasks.create_{kind}", "x-idempotency-key", UNIQUE_ID)
            for kind in ("text_collection", "image_annotation", "segment_annotation")
        ),
        ("relays", "sessions.delete", "x-repeat-success", [404]),
    ],
)
def test_what_a_resend_may_do_is_data(contracts, api, name, extension, value) -> None:
    [call] = [call for call in contracts[api].operations if call.operation["operationId"] == name]
    assert call.operation[extension] == value


def test_what_acts_and_cannot_be_repeated_is_not_called_idempotent(contracts) -> None:
    """No page says of a POST that it may be repeated, so every one of them keeps the default, which is unsafe."""
    for api in contracts:
        for call in listed(contracts, api):
            assert call.operation.get("x-safety", "unsafe") == "unsafe", call.title
