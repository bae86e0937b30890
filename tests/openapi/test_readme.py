"""What `openapi/README.md` tells a newcomer is true."""

from __future__ import annotations

import copy
import json
import re

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from .conftest import OPENAPI

README = (OPENAPI / "README.md").read_text(encoding="utf-8")
EXTENSIONS = json.loads((OPENAPI / "extensions.schema.json").read_text(encoding="utf-8"))
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


def test_the_endpoint_to_add_is_valid(contracts) -> None:
    """It stays so when somebody has followed the page to the letter and it is there already."""
    document = copy.deepcopy(contracts["refonte"].document)
    document["paths"] |= BLOCKS[0]
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    Draft202012Validator(EXTENSIONS).validate(document)


@pytest.mark.parametrize("name", [name for name in EXTENSIONS["$defs"] if name.startswith("x-")])
def test_every_extension_is_explained(name: str) -> None:
    assert re.search(rf"^\| `{name}: ", README, re.MULTILINE)


def test_the_extensions_it_shows_are_valid() -> None:
    for name, value in BLOCKS[1].items():
        Draft202012Validator(EXTENSIONS["$defs"][name]).validate(value)


def test_every_document_and_group_is_listed(contract) -> None:
    groups = " ".join(f"`{tag['name']}`" for tag in contract.document["tags"])
    assert f"| `{contract.path.name}` | " in README
    assert f"| {groups} |" in README
