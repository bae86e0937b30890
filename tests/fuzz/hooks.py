"""What schemathesis is told beyond the contracts; none of it switches a check off.

`REFUSALS` are the 400s for data that a contract admits and the state, or a schema that no contract holds, refuses. Each
is for one operation and one sentence; any other refusal of valid data is a failure. `LINKS` say which answer leads to
which call where it cannot be inferred. Tools get input that they take: their schemas are data. What a contract says
with `x-error-in-success` is said in OpenAPI's own words.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st

from reknit.sandbox import Sandbox

_NAMES: Final = "a name must be one that a path can hold"  # documented for projects: a name is one path segment
_METADATA: Final = "metadata must be a JSON object, as text"  # documented: `metadata` (JSON text)
_ADDRESS: Final = ".* is no IP address"  # documented: the user's public IP address

#: Which sentences may refuse valid data with a 400, by operation.
REFUSALS: Final[dict[str, tuple[str, ...]]] = {
    # INVALID_INPUT is documented as "schema validation", and the schema is the tool's own, which the catalogue tells.
    "POST /tools/{tool_key}/execute": (r"input\b.*",),
    # Documented: the name is unique. With which status a second one is refused is not; 400 is what Scale says.
    "POST /batches": ("there is a batch .* already", _NAMES),
    "POST /projects": ("there is a project .* already", _NAMES),
    # A task is canceled once, and only before it ends.
    "POST /task/{taskId}/cancel": ("the task is (canceled|completed|error); only a pending one can be canceled",),
    # A token is one that a page carried; the contract has no way to say so.
    "GET /tasks": ("the next_token is not one that a list answered",),
    "POST /files/import": (_METADATA,),
    # schemathesis invents properties, and some of their names hold characters that no header of a part may hold.
    "POST /files/upload": (_METADATA, "the body is not multipart/form-data: 400, message:\\s+Invalid HTTP header.*"),
    # No 404 is documented for the call to authorize a user, so a session that is gone is a bad request.
    "POST /v1/relays/sessions:authorize-user": (_ADDRESS, "there is no session .*"),
    "POST /v1/relays/sessions": (_ADDRESS,),
}

#: From the 200 of one operation to another: where the values come from. The paths into answers that are documented by
#: their title alone are the sandbox's own.
LINKS: Final[tuple[tuple[str, str, dict[str, str], dict[str, Any]], ...]] = (
    ("users.create_resume", "resumes.get", {"resumeID": "$response.body#/resume/resumeID"}, {}),
    ("users.create_resume", "resumes.download", {"resumeID": "$response.body#/resume/resumeID"}, {}),
    ("users.create_resume", "resumes.score", {"resumeID": "$response.body#/resume/resumeID"}, {}),
    ("users.connect", "users.create_resume", {"userID": "$response.body#/userID"}, {}),
    ("users.connect", "plans.upgrade", {}, {"email": "$request.body#/email"}),
    ("tools.list", "tools.get", {"tool_key": "$response.body#/data/1/key"}, {}),
    ("tasks.list", "tasks.list", {"query.next_token": "$response.body#/next_token"}, {}),
    (
        "sessions.create",
        "sessions.authorize_user",
        {},
        {"session_id": "$response.body#/session_id", "user_ip": "192.0.2.12"},
    ),
    (
        "sessions.authorize_user",
        "sessions.revoke_user",
        {},
        {
            "session_id": "$response.body#/session_id",
            "authorization_token": "$response.body#/session_user/authorization_token",
        },
    ),
)


#: A field of a form is text whatever it was made from: null comes as `null`, and an empty list does not come at all.
_TEXTS: Final = {f"/properties/{name}" for name in ("display_name", "project_name", "reference_id", "metadata")}


@schemathesis.hook
def filter_failure(_: Any, failure: Any, case: Any, response: Any) -> bool:
    """Drop the refusals that are listed, and no other failure of the sandbox."""
    if failure.code == "ST201" and "Invalid component: positive test case" in failure.message:
        # What a link fills in can leave nothing invalid in a case that was made to be; schemathesis then calls the case
        # positive, and still expects a refusal: https://github.com/schemathesis/schemathesis/issues/2983
        return False
    if failure.code == "ST201" and case.operation.label == "POST /files/upload":
        violated = re.findall(r"violates `(\w+)` at (\S+)", failure.message)
        return not violated or not all(rule == "type" and at in _TEXTS for rule, at in violated)
    if failure.code != "ST202" or response.status_code != 400:
        return True
    allowed = REFUSALS.get(case.operation.label, ())
    return not any(re.fullmatch(sentence, _sentence(response.json()), re.DOTALL) for sentence in allowed)


def _sentence(body: dict[str, Any]) -> str:
    error = body.get("error", body.get("message"))
    return str(error["message"] if isinstance(error, dict) else error)


@schemathesis.hook
def before_load_schema(_: Any, raw_schema: dict[str, Any]) -> None:
    """Write the links into the contract."""
    operations = {
        operation["operationId"]: operation
        for item in raw_schema["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    for operation in operations.values():
        _admit_errors(operation["responses"], raw_schema)
    for number, (source, target, parameters, body) in enumerate(LINKS):
        if source not in operations:
            continue
        answers = operations[source]["responses"]
        link = {"operationId": target, "parameters": parameters, **({"requestBody": body} if body else {})}
        answers["200"].setdefault("links", {})[f"to {target} {number}"] = link


def _admit_errors(answers: dict[str, Any], document: dict[str, Any]) -> None:
    """Say in OpenAPI's own words what `x-error-in-success` says: that an error may come in a 200."""
    answer = answers["200"]
    if "$ref" in answer:
        answer = answers["200"] = copy.deepcopy(document["components"]["responses"][answer["$ref"].rpartition("/")[2]])
    said = answer.get("content", {}).get("application/json")
    if "x-error-in-success" in answer and said is not None:
        said["schema"] = {"anyOf": [said["schema"], {"$ref": answer["x-error-in-success"]}]}


def _inputs(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return the inputs that a schema of the catalogue takes; none of them is more than an object of scalars."""
    of = {
        name: st.sampled_from(item["enum"]) if "enum" in item else _SCALARS[item["type"]]
        for name, item in schema["properties"].items()
    }
    needed = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: of[name] for name in needed}, optional={name: item for name, item in of.items() if name not in needed}
    )


_SCALARS: Final = {"integer": st.integers(min_value=1, max_value=30), "string": st.text(min_size=1)}
_TOOLS: Final = [(key, _inputs(tool.input_schema)) for key, tool in Sandbox().rezolve.tools.items()]


@schemathesis.hook
def flatmap_case(_: Any, case: Any) -> st.SearchStrategy[Any]:
    """Give most executions an input that their tool takes, and no connection that is not there."""
    mode = case.meta.generation.mode if case.meta is not None else None
    if case.operation.label != "POST /tools/{tool_key}/execute" or mode is None or not mode.is_positive:
        return st.just(case)
    fitted = (inputs.map(lambda value, key=key: _fitted(case, key, value)) for key, inputs in _TOOLS)
    return st.one_of(st.just(case), *fitted)


def _fitted(case: Any, tool: str, value: Any) -> Any:
    case.path_parameters = {"tool_key": tool}
    case.body = {**case.body, "input": value}
    case.body.pop("connection_id", None)
    return case
