"""Every body has an example, and every example fits its schema: they feed mocks, the sandbox and the documentation."""

from __future__ import annotations

from jsonschema import Draft202012Validator


def examples(described) -> list:
    named = [example["value"] for example in described.get("examples", {}).values()]
    return [*named, described["example"]] if "example" in described else named


def problems(contract, schema, value) -> list[str]:
    """Validate with the document's components at hand, so that its references lead somewhere."""
    validator = Draft202012Validator(
        {"components": contract.document["components"], **schema},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_every_body_has_an_example(contract) -> None:
    assert [title for title, content in contract.bodies() if not examples(content)] == []


def test_every_example_of_a_body_fits_its_schema(contract) -> None:
    found = {
        title: problems(contract, content["schema"], value)
        for title, content in contract.bodies()
        for value in examples(content)
    }
    assert {title: each for title, each in found.items() if each} == {}


def test_every_parameter_has_an_example_that_fits_its_schema(contract) -> None:
    for title, parameter in contract.parameters():
        assert examples(parameter), title
        for value in examples(parameter):
            assert problems(contract, parameter["schema"], value) == [], title


def test_no_example_has_a_property_that_its_schema_does_not_name(contract) -> None:
    """An open schema takes anything, so a misspelt property in an example would pass for a good one."""
    unknown = []
    for title, content in contract.bodies():
        for value in examples(content):
            unknown += [f"{title}: {name}" for name in _unnamed(contract, content["schema"], value)]
    assert unknown == []


def _unnamed(contract, schema, value):
    variants = list(_variants(contract, schema))
    if isinstance(value, list):
        lists = [variant for variant in variants if "items" in variant]
        for item in value:
            yield from _first([_unnamed(contract, variant["items"], item) for variant in lists])
    elif isinstance(value, dict):
        objects = [variant for variant in variants if "properties" in variant]
        if any("additionalProperties" in variant or not variant for variant in variants) or not objects:
            return
        named = {name: each for variant in objects for name, each in variant["properties"].items()}
        for name, part in value.items():
            if name not in named:
                yield name
            else:
                yield from _unnamed(contract, named[name], part)


def _variants(contract, schema):
    """Yield a schema's own keywords, or those of every branch that it is put together from."""
    schema = contract.resolve(schema)
    branches = [branch for keyword in ("allOf", "anyOf", "oneOf") for branch in schema.get(keyword, [])]
    if not branches:
        yield schema
    for branch in branches:
        yield from _variants(contract, branch)


def _first(attempts):
    """Return the attempt that has the fewest complaints; where there was none, nothing is known of the value."""
    return min(map(list, attempts), key=len, default=[])


def test_formats_are_checked(contract) -> None:
    """Without its helper library, jsonschema lets any text pass for a date-time, and says nothing."""
    assert problems(contract, {"type": "string", "format": "date-time"}, "2026-13-01T00:00:00Z") != []


def test_an_error_inside_a_success_has_an_example(contract) -> None:
    for title, _, operation in contract.operations:
        for _, response in contract.responses(operation):
            pointer = response.get("x-error-in-success")
            errors = [
                value
                for where, content in contract.bodies()
                if where.startswith(f"{title} ") and content["schema"].get("$ref") == pointer
                for value in examples(content)
            ]
            assert pointer is None or errors, title
