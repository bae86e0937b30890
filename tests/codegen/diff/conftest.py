"""A document that has something of everything, and a repository to record its changes in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from attrs import frozen

from codegen.build import build
from codegen.diff import wire
from codegen.diff.change import Change
from codegen.directions import directed
from codegen.load import load
from codegen.report import Report

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: '1', description: A shop.}
servers:
  - {url: 'https://api.example.org/v1'}
  - {url: 'https://eu.example.org/v1'}
security: [{key: []}]
tags: [{name: pets}, {name: orders}]
paths:
  /pets:
    get:
      tags: [pets]
      operationId: pets.list
      summary: List the pets.
      x-pagination: {kind: cursor, items: docs, next: next, parameter: next}
      parameters:
        - {name: next, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: size, in: query, schema: {type: string, enum: [small, large]}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        '200':
          description: Pets.
          content:
            application/json:
              schema:
                type: object
                properties:
                  docs: {type: array, items: {$ref: '#/components/schemas/Pet'}}
                  next: {type: [string, 'null']}
        '404': {description: None., content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}
        '429': {description: Slow down.}
    post:
      tags: [pets]
      operationId: pets.create
      x-idempotency-key: {in: header, name: X-Key, generate: true}
      x-repeat-success: [409]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties:
                name: {type: string}
                age: {type: integer}
                note: {type: [string, 'null']}
                password: {type: string, x-secret: true}
      responses:
        '201': {description: The pet., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
  /pets/{petId}:
    put:
      tags: [pets]
      operationId: pets.replace
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: Done.}}
  /orders:
    post:
      tags: [orders]
      operationId: orders.create
      requestBody:
        required: true
        content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
      responses: {'200': {description: Orders., content: {application/json: {schema: {type: string}}}}}
webhooks:
  sold:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Sale'}}}}
      responses: {'200': {description: ok}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    bearer: {type: http, scheme: bearer}
  schemas:
    Pet:
      type: object
      required: [id]
      properties:
        id: {type: string}
        kind: {$ref: '#/components/schemas/Kind'}
        weight: {type: number}
        owner: {$ref: '#/components/schemas/Owner'}
        kids: {type: array, items: {$ref: '#/components/schemas/Pet'}}
        label: {oneOf: [{type: string}, {type: integer}]}
        home: {$ref: '#/components/schemas/Home'}
    Kind: {type: string, enum: [cat, dog]}
    Mood: {type: string, enum: [calm, wild], x-open: false}
    Owner:
      type: object
      properties:
        name: {type: string}
        mood: {$ref: '#/components/schemas/Mood'}
    Home:
      oneOf: [{$ref: '#/components/schemas/House'}, {$ref: '#/components/schemas/Barn'}]
      discriminator: {propertyName: type}
    House: {type: object, required: [type], properties: {type: {type: string}, rooms: {type: integer}}}
    Barn: {type: object, required: [type], properties: {type: {type: string}, stalls: {type: integer}}}
    Order:
      type: object
      required: [pet]
      properties:
        pet: {type: string}
        count: {type: integer}
        gift: {type: [boolean, 'null']}
        way: {type: string, enum: [post, van]}
        of: {$ref: '#/components/schemas/Order'}
      additionalProperties: {type: string}
    Sale:
      type: object
      required: [price]
      properties: {price: {type: integer}, both: {$ref: '#/components/schemas/Owner'}}
    Problem: {type: object, properties: {code: {type: string}}}
"""

Compare = Callable[[str, str], list[Change]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Compare two documents on the wire."""

    def compare_(old: str, new: str) -> list[Change]:
        documents = []
        for name, text in (("old", old), ("new", new)):
            path = tmp_path / f"{name}.yaml"
            path.write_text(text, "utf-8")
            report = Report()
            documents.append(directed(build(load(path, "openapi/shop.yaml"), report)))
            assert not report.incomplete, list(report)
        return wire.compare(*documents, "shop")

    return compare_


@frozen
class Repository:
    """A repository of the test's own: `openapi/`, the code that it gives, and a commit for each state."""

    root: Path

    def git(self, *arguments: str) -> str:
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", "-C", str(self.root), *person, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **quiet}).stdout

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text("utf-8")
        assert text.count(old) >= 1, old
        path.write_text(text.replace(old, new), "utf-8")

    def commit(self, message: str = "a state") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository whose one commit has the shop's document and no code."""
    made = Repository(tmp_path / "repository")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch", "main")
    made.write("openapi/shop.yaml", SHOP)
    made.commit()
    return made
