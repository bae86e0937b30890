"""Bodies become keywords or one keyword; answers know how they are read."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import ir
from codegen.hints import field_hint, hint

from .conftest import Built

Build = Callable[..., Built]


def operation(built: Build, body: str, more: str = "", components: str = "{}") -> tuple[ir.Operation, Built]:
    result = built(
        f"""
        paths: {{/a: {{post: {{operationId: op, requestBody: {body}, {more} responses: {{}}}}}}}}
        components: {{schemas: {components}}}
        """
    )
    return next(result.document.operations), result


def json(schema: str, required: str = "true") -> str:
    return f"{{required: {required}, content: {{application/json: {{schema: {schema}}}}}}}"


def keywords(body: ir.Body | None) -> list[str]:
    assert body is not None
    fields = [*body.fields, *([body.whole] if body.whole else [])]
    return [
        f"{field.name}: {field_hint(hint(ir.bare(field.type)), field.type, required=field.required)}"
        for field in fields
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json("{type: object, required: [a], properties: {a: {type: string}, bC: {type: integer}}}"), ["a: str", "b_c: int | None"]),
        (json("{type: object, properties: {a: {type: string}}}", "false"), ["a: str | None"]),
        (json("{type: object, required: [a], properties: {a: {type: string}}}", "false"), ["body: OpBody | None"]),
        (json("{type: [object, 'null'], properties: {a: {type: string}}}"), ["body: OpBody | None"]),
        (json("{type: array, items: {type: string}}"), ["body: list[str]"]),
        (json("{type: object, additionalProperties: {type: string}}"), ["body: dict[str, str]"]),
        (json("{type: object, properties: {r: {type: string, readOnly: true}, a: {type: string}}}"), ["a: str | None"]),
        (json("{oneOf: [{type: object, properties: {a: {type: string}}}, {type: string}]}"), ["body: OpBodyVariant1 | str"]),
        (json("{type: object, properties: {a: {type: string}}, oneOf: [{properties: {b: {type: string}}}, {properties: {c: {type: string}}}]}"),
         ["body: OpBody"]),
        (json("{type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}"),
         ["a: str | None", "b: str | None"]),
        ("{content: {application/json: {}}}", ["body: Any"]),
        ("{required: true, content: {text/plain: {schema: {type: string}}}}", ["body: str"]),
        ("{required: true, content: {image/png: {schema: {type: string, format: binary}}}}", ["body: FileContent"]),
        ("{required: true, content: {'*/*': {schema: {type: string, format: binary}}}}", ["body: FileContent"]),
        ("{required: true, content: {application/json: {schema: {type: string, format: binary}}}}", ["body: FileContent"]),
        ("{required: true, content: {image/*: {}}}", ["body: FileInput"]),
        ("{required: true, content: {application/x-ndjson: {schema: {type: object}}}}", ["body: list[dict[str, Any]]"]),
        ("{required: true, content: {application/x-ndjson: {schema: {type: array, items: {type: integer}}}}}", ["body: list[int]"]),
        ("{required: true, content: {application/x-ndjson: {}}}", ["body: FileContent"]),
        ("{required: true, content: {application/x-ndjson: {schema: {type: string}}}}", ["body: FileContent"]),
        ("{required: true, content: {text/event-stream: {}}}", ["body: FileContent"]),
        (json("{type: 'null'}"), ["body: None"]),
        (json("{type: string, enum: [a, b]}"), ["body: OpBody"]),
        ("{required: true, content: {multipart/form-data: {schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, files: {type: array, items: {type: string, format: binary}}, meta: {type: object, properties: {x: {type: integer}}}}}}}}",
         ["file: FileInput", "files: list[FileInput] | None", "meta: OpMeta | None"]),
        ("{required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}", ["a: str | None"]),
        ("{required: true, content: {application/vnd.api+json: {schema: {type: object, properties: {a: {type: string}}}}}}", ["a: str | None"]),
    ],
)  # fmt: skip
def test_a_body_is_its_properties_or_one_keyword(built: Build, body: str, expected: list[str]) -> None:
    found, _ = operation(built, body)
    assert keywords(found.body) == expected


def test_a_component_as_a_body_is_flattened_too(built: Build) -> None:
    found, result = operation(
        built,
        json("{$ref: '#/components/schemas/Request'}"),
        "parameters: [{name: a, in: query}],",
        "{Request: {type: object, required: [a], properties: {a: {type: object, properties: {b: {type: string}}}, s: {type: string, x-secret: true}}}}",
    )
    assert keywords(found.body) == ["a_body: RequestA", "s: str | None"]
    assert found.secrets == ("s",)
    assert result.names == ["Request", "RequestA"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("additionalProperties: {type: integer}", ("additional_properties", "int")),
        ("additionalProperties: true", ("additional_properties", "Any")),
        ("additionalProperties: false", None),
        ("description: Says nothing.", None),
    ],
)
def test_other_properties_are_a_keyword_where_the_document_invites_them(
    said: str, expected: tuple[str, str] | None, built: Build
) -> None:
    found, _ = operation(built, json(f"{{type: object, properties: {{a: {{type: string}}}}, {said}}}"))
    assert found.body
    rest = found.body.rest
    assert (rest and (rest.name, hint(rest.type))) == expected


def sent(built: Build, contents: str, components: str = "{}") -> dict[str, tuple[str, str, list[str]]]:
    """Return the methods that a body makes: their variant, their media type and their keywords."""
    result = built(
        f"""
        paths: {{/a: {{post: {{operationId: op, requestBody: {{required: true, content: {{{contents}}}}}, responses: {{}}}}}}}}
        components: {{schemas: {components}}}
        """
    )
    assert not result.report.of("error")
    assert len({found.pointer for found in result.document.operations}) == 1
    return {
        found.method: (found.variant, found.body.media, keywords(found.body))
        for found in result.document.operations
        if found.body
    }


A = "{type: object, properties: {a: {type: string}}}"


def test_each_way_to_send_a_body_is_a_method(built: Build) -> None:
    found = sent(
        built,
        f"application/xml: {{schema: {A}}}, multipart/form-data: {{schema: {A}}}, application/json: {{schema: {A}}}, "
        f"application/x-www-form-urlencoded: {{schema: {A}}}, text/csv: {{}}, application/octet-stream: {{}}, "
        "application/vnd.b+json: {schema: {type: object, properties: {b: {type: integer}}}}, "
        "application/vnd.c+json: {schema: {type: array, items: {}}}",
    )
    assert found == {
        "op": ("", "application/json", ["a: str | None"]),
        "op_json": ("json", "application/vnd.b+json", ["b: int | None"]),
        "op_vnd_c": ("vnd_c", "application/vnd.c+json", ["body: list[Any]"]),
        "op_multipart": ("multipart", "multipart/form-data", ["a: str | None"]),
        "op_form": ("form", "application/x-www-form-urlencoded", ["a: str | None"]),
        "op_text": ("text", "application/xml", ["body: str"]),
        "op_csv": ("csv", "text/csv", ["body: str"]),
        "op_bytes": ("bytes", "application/octet-stream", ["body: FileContent"]),
    }


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (f"application/*+json: {{schema: {A}}}, text/json: {{schema: {A}}}, application/json: {{schema: {A}}}, application/json-patch+json: {{schema: {A}}}",
         [("", "application/json")]),
        ("text/json: {schema: {$ref: '#/components/schemas/A'}}, application/vnd.a+json: {schema: {$ref: '#/components/schemas/A'}}", [("", "text/json")]),
        ("'*/*': {schema: {type: integer}}, application/json: {schema: {type: integer}}", [("", "application/json")]),
        ("'*/*': {}, application/xml: {}", [("", "application/xml")]),
        ("'*/*': {}", [("", "application/json")]),
        ("text/xml: {}, application/xml: {}, application/*+xml: {}", [("", "text/xml")]),
        ("application/*+xml: {schema: {}}", [("", "application/xml")]),
        ("image/png: {}, image/jpeg: {}, video/*: {}", [("", "image/png")]),
        ("text/plain: {schema: {type: string, format: binary}}, image/png: {schema: {type: string, format: binary}}", [("", "text/plain")]),
        ("application/merge-patch+json: {}, application/json-patch+json: {}, application/strategic-merge-patch+json: {}",
         [("", "application/merge-patch+json"), ("json_patch", "application/json-patch+json"), ("strategic_merge_patch", "application/strategic-merge-patch+json")]),
        ("'application/json; charset=utf-8': {}, no-type: {}", [("", "application/json; charset=utf-8")]),
    ],
)  # fmt: skip
def test_what_is_written_alike_is_one_method(built: Build, contents: str, expected: list[tuple[str, str]]) -> None:
    found = sent(built, contents, f"{{A: {A}}}")
    assert [(variant, media) for variant, media, _ in found.values()] == expected


def test_methods_of_media_types_make_way_for_what_the_document_names(built: Build) -> None:
    body = "requestBody: {content: {application/json: {}, application/x-www-form-urlencoded: {}}}"
    result = built(
        f"paths: {{/a: {{post: {{operationId: op, {body}}}}}, /b: {{get: {{operationId: op_form}}, put: {{operationId: op_form_2, {body}}}}}}}"
    )
    named = {found.method: (found.verb, found.constant) for found in result.document.operations}
    assert named == {
        "op": ("POST", "DEFAULT_OP"), "op_form_3": ("POST", "DEFAULT_OP_FORM_3"), "op_form": ("GET", "DEFAULT_OP_FORM"),
        "op_form_2": ("PUT", "DEFAULT_OP_FORM_2"), "op_form_2_form": ("PUT", "DEFAULT_OP_FORM_2_FORM"),
    }  # fmt: skip


def test_files_say_which_of_the_media_types_they_are(built: Build) -> None:
    found, _ = operation(built, "{content: {image/png: {}, image/jpeg: {}, video/*: {}}}")
    assert found.body is not None
    assert found.body.alternatives == ("image/jpeg", "video/*")
    assert keywords(found.body) == ["body: FileInput | None"]


@pytest.mark.parametrize("body", ["{content: {}}", "{content: {application/json: {schema: {type: array}}}}"])
def test_a_key_has_no_place_in_a_body_without_keywords(built: Build, body: str) -> None:
    found, result = operation(built, body, "x-idempotency-key: {in: body, name: k},")
    assert found.key is None
    assert "#/paths/~1a/post/x-idempotency-key: the key goes into a body whose properties are not keywords" in str(
        result.report.of("error")[0]
    )


def test_a_body_without_content_is_none(built: Build) -> None:
    found, _ = operation(built, "{content: {}}")
    assert found.body is None


def test_the_key_in_a_body_is_no_property_of_it(built: Build) -> None:
    found, _ = operation(
        built,
        json("{type: object, properties: {uniqueId: {type: string, description: The id.}, a: {type: string}}}"),
        "x-idempotency-key: {in: body, name: uniqueId, generate: false, unless: dry},",
    )
    assert keywords(found.body) == ["a: str | None"]
    assert found.key == ir.Key("body", "uniqueId", "unique_id", generate=False, unless="dry", doc="The id.")


@pytest.mark.parametrize(
    ("media", "said", "part"),
    [
        ("multipart/form-data", "{contentType: application/json}", ir.Part("m", ("application/json",))),
        ("multipart/form-data", "{contentType: 'image/png, image/jpeg'}", ir.Part("m", ("image/png", "image/jpeg"))),
        ("multipart/form-data", "{style: deepObject, explode: true}", ir.Part("m", (), ("deepObject", True))),
        ("multipart/form-data", "{explode: false}", ir.Part("m", (), ("form", False))),
        ("multipart/form-data", "{contentType: 'no type'}", None),
        ("application/x-www-form-urlencoded", "{style: spaceDelimited}", ir.Part("m", (), ("spaceDelimited", False))),
        ("application/x-www-form-urlencoded", "{allowReserved: true}", ir.Part("m", (), ("form", True), reserved=True)),
        ("application/x-www-form-urlencoded", "{contentType: application/json}", ir.Part("m", ("application/json",))),
        ("application/x-www-form-urlencoded", "{headers: {X: {}}}", None),
        ("application/x-www-form-urlencoded", "{style: matrix}", None),
        ("application/json", "{style: form}", None),
    ],
)  # fmt: skip
def test_the_properties_of_a_form_keep_what_is_said_of_them(
    built: Build, media: str, said: str, part: ir.Part | None
) -> None:
    schema = "{type: object, properties: {m: {type: object}}}"
    found, result = operation(built, f"{{content: {{{media}: {{schema: {schema}, encoding: {{m: {said}}}}}}}}}")
    assert found.body is not None
    assert found.body.parts == ((part,) if part else ())
    assert not result.report.incomplete


def test_what_is_said_of_no_property_is_named(built: Build) -> None:
    schema = "{type: object, properties: {m: {}}}"
    form = f"{{content: {{application/x-www-form-urlencoded: {{schema: {schema}, encoding: {{x: {{}}, m: {{style: label}}}}}}}}}}"
    _, result = operation(built, form)
    assert [finding.why for finding in result.report] == [
        "the body has no property 'x'",
        "'label' is no style of a property of a form: it goes without one",
    ]


def test_before_openapi_3_1_a_multipart_body_has_no_styles(built: Build) -> None:
    body = (
        "{content: {multipart/form-data: {schema: {type: object, properties: {m: {}}}, encoding: {m: {style: form}}}}}"
    )
    document = built(f"paths: {{/a: {{post: {{requestBody: {body}, responses: {{}}}}}}}}", "3.0.3").document
    body_of = next(document.operations).body
    assert body_of is not None
    assert body_of.parts == ()


def multipart(
    built: Build, properties: str, encoding: str = "{}", media: str = "multipart/form-data", more: str = ""
) -> tuple[ir.Body, Built]:
    schema = f"{{type: object, {more} properties: {properties}}}"
    found, result = operation(
        built,
        f"{{content: {{{media}: {{schema: {schema}, encoding: {encoding}}}}}}}",
        components="{Bin: {type: string, format: binary}, Bins: {type: array, items: {$ref: '#/components/schemas/Bin'}}}",
    )
    assert found.body is not None
    assert not result.report.incomplete
    return found.body, result


@pytest.mark.parametrize(
    ("schema", "type_", "sure"),
    [
        ("{type: string, format: binary}", "FileInput", True),
        ("{type: [string, 'null'], format: binary}", "FileInput", True),
        ("{type: string, contentMediaType: application/octet-stream}", "FileInput", True),
        ("{type: string, contentEncoding: base64, contentMediaType: image/png}", "str", False),
        ("{type: string, format: byte}", "str", False),
        ("{$ref: '#/components/schemas/Bin'}", "FileInput", True),
        ("{$ref: '#/components/schemas/Bins'}", "list[FileInput]", True),
        ("{allOf: [{$ref: '#/components/schemas/Bin'}], description: D}", "FileInput", True),
        ("{type: array, items: {type: string, format: binary}}", "list[FileInput]", True),
        ("{anyOf: [{type: string, format: binary}, {type: array, items: {type: string, format: binary}}]}", "FileInput | list[FileInput]", True),
        ("{oneOf: [{type: string, format: binary}, {type: string, format: uri}]}", "str | FileInput", False),
        ("{oneOf: [{type: string, format: binary}, {type: object, properties: {a: {}}}]}", "FileInput | models.OpPVariant2", False),
    ],
)  # fmt: skip
def test_bytes_in_a_form_are_files(built: Build, schema: str, type_: str, sure: bool) -> None:
    body, _ = multipart(built, f"{{p: {schema}}}")
    assert hint(ir.bare(body.fields[0].type), "models.") == type_
    assert body.files == (("p",) if sure else ())


@pytest.mark.parametrize(
    ("schema", "media", "type_"),
    [
        ("{type: string}", "image/png", "FileInput"),
        ("{}", "application/octet-stream", "FileInput"),
        ("{type: array, items: {type: string}}", "image/png", "list[FileInput]"),
        ("{type: string}", "text/csv", "str"),
        ("{type: integer}", "text/plain", "int"),
        ("{type: object, properties: {a: {}}}", "application/xml", "str"),
        ("{type: object, properties: {a: {}}}", "application/json", "OpP"),
        ("{type: string, format: binary}", "application/json", "FileInput"),
    ],
)
def test_a_part_is_given_as_what_its_media_type_is_written_from(
    built: Build, schema: str, media: str, type_: str
) -> None:
    body, _ = multipart(built, f"{{p: {schema}}}", f"{{p: {{contentType: {media}}}}}")
    assert hint(ir.bare(body.fields[0].type)) == type_
    assert body.parts == (ir.Part("p", (media,)),)


def test_a_schema_may_state_the_media_type_of_a_part(built: Build) -> None:
    body, _ = multipart(
        built,
        "{a: {type: string, contentMediaType: image/png}, b: {type: array, items: {type: string, contentMediaType: image/gif}},"
        " c: {type: string, contentMediaType: application/json}, d: {type: string, contentMediaType: image/png}}",
        "{d: {contentType: image/jpeg}}",
    )
    assert [(part.wire, part.media) for part in body.parts] == [
        ("d", ("image/jpeg",)), ("a", ("image/png",)), ("b", ("image/gif",)),
    ]  # fmt: skip


def test_headers_of_a_part_are_keywords_after_it(built: Build) -> None:
    said = "{X-Rate: {required: true, schema: {type: integer}}, Content-Type: {}, 'a b': {}, $ref: {}}"
    body, result = multipart(
        built, "{p: {type: string, format: binary}, q: {}}", f"{{p: {{headers: {said}}}}}", more="required: [p],"
    )
    (part,) = body.parts
    assert [(item.name, item.wire, hint(item.type), item.required) for item in part.headers] == [
        ("p_x_rate", "X-Rate", "int", True), ("p_ref", "$ref", "str", False),
    ]  # fmt: skip
    assert "'a b' is no name that a header can have: it is left out" in [finding.why for finding in result.report]


def test_what_headers_of_a_part_are_made_of_is_kept(built: Build) -> None:
    said = "{X-Kind: {schema: {type: string, enum: [a, b], x-secret: true}}}"
    _, result = multipart(built, "{p: {type: string, format: binary}}", f"{{p: {{headers: {said}}}}}")
    assert [name for name in result.names if name.endswith("XKind")]
    assert next(result.document.operations).secrets == ("X-Kind",)


@pytest.mark.parametrize("kind", ["oneOf", "anyOf"])
def test_a_body_of_files_that_is_a_choice_has_the_keywords_of_all_branches(built: Build, kind: str) -> None:
    branches = (
        "{required: [n, file], properties: {n: {type: string}, file: {type: string, format: binary}, k: {type: integer}}}",
        "{required: [n, url], properties: {n: {type: string}, url: {type: string}, file: {type: string}, k: {type: string}}}",
    )
    found, result = operation(
        built,
        f"{{content: {{multipart/form-data: {{schema: {{type: object, {kind}: [{', '.join(branches)}]}}}}}}}}",
    )
    assert keywords(found.body) == [
        "n: str", "file: FileInput | str | None", "k: int | str | None", "url: str | None",
    ]  # fmt: skip
    assert found.body
    assert found.body.files == ()
    assert not result.report.incomplete


@pytest.mark.parametrize(
    ("media", "schema", "type_"),
    [
        ("multipart/form-data", "{type: object, additionalProperties: {type: string, format: binary}}", "dict[str, FileInput]"),
        ("multipart/form-data", "{type: object}", "dict[str, Any]"),
        ("multipart/form-data", "{type: string, format: binary}", "dict[str, FileInput]"),
        ("multipart/form-data", "{type: array, items: {type: string, format: binary}}", "dict[str, Any]"),
        ("multipart/form-data", "{oneOf: [{type: string, format: binary}, {type: object, properties: {f: {type: string, format: binary}}}]}", "dict[str, Any]"),
        ("multipart/form-data", "{oneOf: [{properties: {a: {}}}, {properties: {b: {}}}]}", "OpBody"),
        ("multipart/mixed", "{type: array, items: {type: string, format: binary}}", "list[FileInput]"),
        ("multipart/related", "{type: string, format: binary}", "dict[str, FileInput]"),
        ("application/x-www-form-urlencoded", "{type: array, items: {type: string}}", "dict[str, Any]"),
        ("application/x-www-form-urlencoded", "{type: string}", "dict[str, Any]"),
    ],
)  # fmt: skip
def test_a_form_that_is_no_plain_object_is_one_keyword(built: Build, media: str, schema: str, type_: str) -> None:
    found, result = operation(built, f"{{content: {{{media}: {{schema: {schema}}}}}}}")
    assert found.body is not None
    assert found.body.whole is not None
    assert hint(ir.bare(found.body.whole.type)) == type_
    assert not result.report.incomplete


@pytest.mark.parametrize(
    ("media", "written", "kind"),
    [
        ("'*/*'", "application/json", "json"),
        ("image/*", "image/*", "bytes"),
        ("text/*", "text/plain", "text"),
        ("multipart/*", "multipart/form-data", "multipart"),
        ("multipart/related", "multipart/related", "multipart"),
    ],
)
def test_a_range_of_media_types_is_sent_as_one_of_them(built: Build, media: str, written: str, kind: str) -> None:
    found, result = operation(built, f"{{content: {{{media}: {{}}}}}}")
    assert found.body is not None
    assert (found.body.media, found.body.kind) == (written, kind)
    assert not result.report.incomplete


def test_a_form_with_parts_that_must_be_there_is_always_sent(built: Build) -> None:
    schema = "{type: object, required: [f], properties: {f: {type: string, format: binary}}}"
    found, result = operation(built, f"{{content: {{multipart/form-data: {{schema: {schema}}}}}}}")
    assert keywords(found.body) == ["f: FileInput"]
    assert not result.report.incomplete
