"""Each kind of change on the wire is graded in the direction in which it travels, both ways round."""

from __future__ import annotations

import pytest

from tests.codegen.diff.conftest import SHOP, Compare

# What is edited in the shop, and what the edit is to users; then what it is to take the edit back.
CASES = {
    "operation": (
        "  /orders:\n    post:",
        (
            "  /orders:\n"
            "    delete: {tags: [orders], operationId: orders.clear, responses: {'204': {description: ''}}}\n"
            "    post:"
        ),
        ["addition shop.Client.orders.clear is new: `DELETE /orders`"],
        ["breaking shop.Client.orders.clear is gone: `DELETE /orders`"],
    ),
    "path": (
        "  /orders:",
        "  /v2/orders:",
        ["fix shop.Client.orders.create sends `POST /v2/orders`, not `POST /orders`"],
        ["fix shop.Client.orders.create sends `POST /orders`, not `POST /v2/orders`"],
    ),
    "verb": (
        "    put:",
        "    patch:",
        [
            "fix shop.Client.pets.replace sends `PATCH /pets/{petId}`, not `PUT /pets/{petId}`",
            "breaking shop.Client.pets.replace is unsafe: not resent any more where it may have been carried out",
        ],
        [
            "fix shop.Client.pets.replace sends `PUT /pets/{petId}`, not `PATCH /pets/{petId}`",
            "fix shop.Client.pets.replace is idempotent: resent even where it may have been carried out",
        ],
    ),
    "method": (
        "operationId: pets.replace",
        "operationId: pets.put",
        ["breaking shop.Client.pets.put is the method that was called `pets.replace`"],
        ["breaking shop.Client.pets.replace is the method that was called `pets.put`"],
    ),
    "summary": (
        "List the pets.",
        "Every pet.",
        ["fix shop.Client.pets.list is described in other words"],
        ["fix shop.Client.pets.list is described in other words"],
    ),
    "words about a definition": (
        "    Owner:\n      type: object\n",
        "    Owner:\n      type: object\n      description: Who feeds it.\n",
        ["fix shop.Owner is described in other words"],
        ["fix shop.Owner is described in other words"],
    ),
    "words about a group": (
        "{name: orders}]",
        "{name: orders, description: What is bought.}]",
        ["fix shop.Client.orders is described in other words"],
        ["fix shop.Client.orders is described in other words"],
    ),
    "words about a credential": (
        "key: {type: apiKey, in: header, name: X-Key}",
        "key: {type: apiKey, in: header, name: X-Key, description: Ask for one.}",
        ["fix shop the credential `key` is described in other words"],
        ["fix shop the credential `key` is described in other words"],
    ),
    "deprecated": (
        "summary: List the pets.",
        "summary: List the pets.\n      deprecated: true",
        ["addition shop.Client.pets.list is deprecated"],
        ["fix shop.Client.pets.list is not deprecated any more"],
    ),
    "optional parameter": (
        "        - {name: X-Trace",
        "        - {name: sort, in: query, schema: {type: string}}\n        - {name: X-Trace",
        ["addition shop.Client.pets.list(sort) is a new keyword"],
        ["breaking shop.Client.pets.list(sort) is no keyword any more"],
    ),
    "required parameter": (
        "        - {name: X-Trace",
        "        - {name: sort, in: query, required: true, schema: {type: string}}\n        - {name: X-Trace",
        ["breaking shop.Client.pets.list(sort) is a new keyword that must be given"],
        ["breaking shop.Client.pets.list(sort) is no keyword any more"],
    ),
    "parameter is required": (
        "{name: X-Trace, in: header,",
        "{name: X-Trace, in: header, required: true,",
        ["breaking shop.Client.pets.list(x_trace) must be given now"],
        ["addition shop.Client.pets.list(x_trace) need not be given"],
    ),
    "parameter widens": (
        "name: limit, in: query, schema: {type: integer}",
        "name: limit, in: query, schema: {type: number}",
        ["addition shop.Client.pets.list(limit) is `float` instead of `int`"],
        ["breaking shop.Client.pets.list(limit) is `int` instead of `float`"],
    ),
    "what a parameter is when left out": (
        "name: limit, in: query, schema: {type: integer}",
        "name: limit, in: query, schema: {type: integer, default: 20}",
        ["fix shop.Client.pets.list(limit) is described in other words"],
        ["fix shop.Client.pets.list(limit) is described in other words"],
    ),
    "parameter moves": (
        "{name: X-Trace, in: header,",
        "{name: x_trace, in: query,",
        ["fix shop.Client.pets.list(x_trace) goes into the query as `x_trace`, not into the header as `X-Trace`"],
        ["fix shop.Client.pets.list(x_trace) goes into the header as `X-Trace`, not into the query as `x_trace`"],
    ),
    "header in another case": ("{name: X-Trace,", "{name: x-trace,", [], []),
    "parameter's style": (
        "{name: size, in: query, schema: {type: string, enum: [small, large]}}",
        "{name: size, in: query, style: pipeDelimited, schema: {type: string, enum: [small, large]}}",
        ["fix shop.Client.pets.list(size) is written in another way on the wire"],
        ["fix shop.Client.pets.list(size) is written in another way on the wire"],
    ),
    "enum that is sent": (
        "[small, large]",
        "[small, large, huge]",
        ["addition shop.PetsListSize has the new value `'huge'`"],
        ["breaking shop.PetsListSize has no value `'huge'` any more"],
    ),
    "enum that is received": (
        "[cat, dog]",
        "[cat, dog, cow]",
        ["addition shop.Kind has the new value `'cow'`"],
        ["fix shop.Kind has no value `'cow'` any more"],
    ),
    "closed enum that is received": (
        "[calm, wild]",
        "[calm, wild, shy]",
        ["breaking shop.Mood has the new value `'shy'`"],
        ["fix shop.Mood has no value `'shy'` any more"],
    ),
    "enum closes": (
        "Kind: {type: string, enum: [cat, dog]}",
        "Kind: {type: string, enum: [cat, dog], x-open: false}",
        ["breaking shop.Kind takes no other values than those listed any more"],
        ["breaking shop.Kind takes values that are not listed"],
    ),
    "optional keyword": (
        "                age: {type: integer}",
        "                age: {type: integer}\n                tag: {type: string}",
        ["addition shop.Client.pets.create(tag) is a new keyword"],
        ["breaking shop.Client.pets.create(tag) is no keyword any more"],
    ),
    "keyword is required": (
        "              required: [name]",
        "              required: [name, age]",
        ["breaking shop.Client.pets.create(age) must be given now"],
        ["addition shop.Client.pets.create(age) need not be given"],
    ),
    "new required keyword": (
        "              required: [name]\n              properties:",
        "              required: [name, tag]\n              properties:\n                tag: {type: string}",
        ["breaking shop.Client.pets.create(tag) is a new keyword that must be given"],
        ["breaking shop.Client.pets.create(tag) is no keyword any more"],
    ),
    "keyword may be null": (
        "note: {type: [string, 'null']}",
        "note: {type: string}",
        ["breaking shop.Client.pets.create(note) may not be null any more"],
        ["addition shop.Client.pets.create(note) may be sent as null"],
    ),
    "spelling that Python hides": (
        "                age: {type: integer}",
        "                Age: {type: integer}",
        ["fix shop.Client.pets.create(age) is `Age` on the wire, not `age`"],
        ["fix shop.Client.pets.create(age) is `age` on the wire, not `Age`"],
    ),
    "secret": (
        "password: {type: string, x-secret: true}",
        "password: {type: string}",
        ["breaking shop.Client.pets.create(password) is no secret any more: it is printed"],
        ["fix shop.Client.pets.create(password) is a secret: it is printed no more"],
    ),
    "idempotency key": (
        "      x-idempotency-key: {in: header, name: X-Key, generate: true}\n",
        "",
        ["breaking shop.Client.pets.create(x_key) is gone: calls have no idempotency key any more"],
        ["addition shop.Client.pets.create(x_key) is new: calls may have an idempotency key"],
    ),
    "idempotency key is made": (
        "name: X-Key, generate: true",
        "name: X-Key, generate: false",
        ["breaking shop.Client.pets.create(x_key) no idempotency key is made for calls without one: they are unsafe"],
        ["fix shop.Client.pets.create(x_key) an idempotency key is made for calls without one"],
    ),
    "idempotency key moves": (
        "x-idempotency-key: {in: header, name: X-Key",
        "x-idempotency-key: {in: query, name: x_key",
        ["fix shop.Client.pets.create(x_key) the idempotency key goes into the query as `x_key`"],
        ["fix shop.Client.pets.create(x_key) the idempotency key goes into the header as `X-Key`"],
    ),
    "success after a resend": (
        "      x-repeat-success: [409]\n",
        "",
        ["breaking shop.Client.pets.create `409` after a resend is an error, not a success"],
        ["fix shop.Client.pets.create `409` after a resend is a success, not an error"],
    ),
    "safety": (
        "      operationId: orders.create",
        "      operationId: orders.create\n      x-safety: idempotent",
        ["fix shop.Client.orders.create is idempotent: resent even where it may have been carried out"],
        ["breaking shop.Client.orders.create is unsafe: not resent any more where it may have been carried out"],
    ),
    "pages": (
        "      x-pagination: {kind: cursor, items: docs, next: next, parameter: next}\n",
        "",
        ["breaking shop.Client.pets.list is a list without pages: it is awaited, not iterated"],
        ["breaking shop.Client.pets.list is a list in pages: awaiting it gives one page, not the answer"],
    ),
    "pages in another way": (
        "{kind: cursor, items: docs, next: next, parameter: next}",
        "{kind: offset, items: docs, parameter: limit}",
        ["fix shop.Client.pets.list asks for its pages in another way"],
        ["fix shop.Client.pets.list asks for its pages in another way"],
    ),
    "property that is received": (
        "        weight: {type: number}",
        "        weight: {type: number}\n        color: {type: string}",
        ["addition shop.Pet.color is a new property"],
        ["breaking shop.Pet.color is no property any more"],
    ),
    "property that is always there": (
        "      required: [id]",
        "      required: [id, weight]",
        ["fix shop.Pet.weight is always there"],
        ["breaking shop.Pet.weight may be missing now"],
    ),
    "property that may be null": (
        "        weight: {type: number}",
        "        weight: {type: [number, 'null']}",
        ["breaking shop.Pet.weight may be null now"],
        ["fix shop.Pet.weight is never null"],
    ),
    "type that is received": (
        "        weight: {type: number}",
        "        weight: {type: integer}",
        ["breaking shop.Pet.weight is `int` instead of `float`"],
        ["breaking shop.Pet.weight is `float` instead of `int`"],
    ),
    "member of a union that is received": (
        "label: {oneOf: [{type: string}, {type: integer}]}",
        "label: {oneOf: [{type: string}, {type: integer}, {type: boolean}]}",
        ["breaking shop.Pet.label may be `bool` too"],
        ["fix shop.Pet.label is never `bool` any more"],
    ),
    "member of a choice": (
        "{$ref: '#/components/schemas/Barn'}]",
        "{$ref: '#/components/schemas/Barn'}, {$ref: '#/components/schemas/Tent'}]",
        ["addition shop.Home may be `Tent` too"],
        ["fix shop.Home is never `Tent` any more"],
    ),
    "inside a choice": (
        "rooms: {type: integer}",
        "rooms: {type: string}",
        ["breaking shop.House.rooms is `str` instead of `int`"],
        ["breaking shop.House.rooms is `int` instead of `str`"],
    ),
    "tag of a choice": (
        "discriminator: {propertyName: type}",
        "discriminator: {propertyName: kind}",
        ["breaking shop.Home its members are told apart by `kind`"],
        ["breaking shop.Home its members are told apart by `type`"],
    ),
    "a choice gets a tag": (
        "      discriminator: {propertyName: type}\n",
        "",
        ["breaking shop.Home its members are told apart by what they hold"],
        ["breaking shop.Home its members are told apart by `type`"],
    ),
    "another model": (
        "kids: {type: array, items: {$ref: '#/components/schemas/Pet'}}",
        "kids: {type: array, items: {$ref: '#/components/schemas/Owner'}}",
        ["breaking shop.Pet.kids an element is `Owner` instead of `Pet`"],
        ["breaking shop.Pet.kids an element is `Pet` instead of `Owner`"],
    ),
    "answer without a value": (
        "description: Orders., content: {application/json: {schema: {type: string}}}",
        "description: Orders., content: {application/json: {schema: {type: array, items: {type: string}}}}",
        ["breaking shop.Client.orders.create the answer `200` is `list[str]` instead of `str`"],
        ["breaking shop.Client.orders.create the answer `200` is `str` instead of `list[str]`"],
    ),
    "another success": (
        "responses: {'204': {description: Done.}}",
        (
            "responses: {'200': {description: It., content: {application/json: {schema: {type: string}}}},"
            " '204': {description: Done.}}"
        ),
        ["breaking shop.Client.pets.replace the answer `200` is new: `str` may be returned too"],
        ["breaking shop.Client.pets.replace the answer `200` is gone"],
    ),
    "an error": (
        "        '429': {description: Slow down.}\n",
        "",
        ["fix shop.Client.pets.list the answer `429` is gone"],
        ["addition shop.Client.pets.list the answer `429` is new"],
    ),
    "an error falls to its range": (
        "'429': {description: Slow down.}",
        "'4XX': {description: Slow down.}",
        [
            "addition shop.Client.pets.list the answer `4XX` is new",
            "fix shop.Client.pets.list the answer `429` is one of `4XX` now",
        ],
        [
            "addition shop.Client.pets.list the answer `429` is new",
            "fix shop.Client.pets.list the answer `4XX` is gone",
        ],
    ),
    "an error falls to any other": (
        "'404': {description: None.,",
        "default: {description: None.,",
        [
            "addition shop.Client.pets.list the answer `default` is new",
            "fix shop.Client.pets.list the answer `404` is one of `default` now",
        ],
        [
            "addition shop.Client.pets.list the answer `404` is new",
            "breaking shop.Client.pets.list the answer `default` is gone",
        ],
    ),
    "another status of the same success": (
        "'200': {description: Orders.",
        "'201': {description: Orders.",
        [
            "addition shop.Client.orders.create the answer `201` is new",
            "fix shop.Client.orders.create the answer `200` is gone",
        ],
        [
            "addition shop.Client.orders.create the answer `200` is new",
            "fix shop.Client.orders.create the answer `201` is gone",
        ],
    ),
    "header of an answer": (
        "description: Slow down.",
        "description: Slow down., headers: {Retry-After: {schema: {type: integer}}}",
        ["addition shop.Client.pets.list the answer `429` has the new header `Retry-After`"],
        ["breaking shop.Client.pets.list the answer `429` has no header `Retry-After` any more"],
    ),
    "media type of an answer": (
        "'201': {description: The pet., content: {application/json:",
        "'201': {description: The pet., content: {application/vnd.pet+json:",
        ["fix shop.Client.pets.create the answer `201` comes as `application/vnd.pet+json`, not as `application/json`"],
        ["fix shop.Client.pets.create the answer `201` comes as `application/json`, not as `application/vnd.pet+json`"],
    ),
    "model that is sent": (
        "      required: [pet]",
        "      required: [pet, count]",
        ["breaking shop.Order.count must be given now"],
        ["addition shop.Order.count need not be given"],
    ),
    "new required property that is sent": (
        "      required: [pet]\n      properties:",
        "      required: [pet, to]\n      properties:\n        to: {type: string}",
        ["breaking shop.Order.to is a new property that must be given"],
        ["breaking shop.Order.to is no property any more"],
    ),
    "enum in a model that is sent": (
        "[post, van]",
        "[post]",
        ["breaking shop.OrderWay has no value `'van'` any more"],
        ["addition shop.OrderWay has the new value `'van'`"],
    ),
    "properties that are not named": (
        "      additionalProperties: {type: string}\n",
        "",
        ["breaking shop.Order takes no properties beside the named ones any more"],
        ["addition shop.Order takes properties beside the named ones"],
    ),
    "read only": (
        "        count: {type: integer}",
        "        count: {type: integer, readOnly: true}",
        ["breaking shop.Order.count is no property any more"],
        ["addition shop.Order.count is a new property"],
    ),
    "body as a whole": (
        "schema: {type: array, items: {$ref: '#/components/schemas/Order'}}",
        "schema: {$ref: '#/components/schemas/Order'}",
        ["breaking shop.Client.orders.create takes its body as keywords, not as `body`"],
        ["breaking shop.Client.orders.create takes its body as `body`, not as keywords"],
    ),
    "body": (
        "      operationId: pets.replace\n",
        (
            "      operationId: pets.replace\n"
            "      requestBody: {content: {application/json: {schema: {properties: {name: {type: string}}}}}}\n"
        ),
        ["addition shop.Client.pets.replace takes a body"],
        ["breaking shop.Client.pets.replace takes no body any more"],
    ),
    "body that must be given": (
        "      operationId: pets.replace\n",
        (
            "      operationId: pets.replace\n"
            "      requestBody: {required: true, content: {application/json: {schema: {type: array, items: {}}}}}\n"
        ),
        ["breaking shop.Client.pets.replace takes a body that must be given: `body`"],
        ["breaking shop.Client.pets.replace takes no body any more"],
    ),
    "media type of a body": (
        "content: {application/json: {schema: {type: array,",
        "content: {application/vnd.order+json: {schema: {type: array,",
        ["fix shop.Client.orders.create its body is sent as `application/vnd.order+json`, not as `application/json`"],
        ["fix shop.Client.orders.create its body is sent as `application/json`, not as `application/vnd.order+json`"],
    ),
    "host": (
        "https://api.example.org/v1",
        "https://api.example.net/v1",
        [
            "breaking shop goes to `https://api.example.net/v1` unless told otherwise, not to `https://api.example.org/v1`"
        ],
        [
            "breaking shop goes to `https://api.example.org/v1` unless told otherwise, not to `https://api.example.net/v1`"
        ],
    ),
    "path of the server": (
        "https://api.example.org/v1",
        "https://api.example.org/v2",
        ["fix shop goes to `https://api.example.org/v2` unless told otherwise, not to `https://api.example.org/v1`"],
        ["fix shop goes to `https://api.example.org/v1` unless told otherwise, not to `https://api.example.org/v2`"],
    ),
    "another server": (
        "  - {url: 'https://eu.example.org/v1'}\n",
        "",
        ["breaking shop has no server `https://eu.example.org/v1` any more"],
        ["addition shop has the new server `https://eu.example.org/v1`"],
    ),
    "server of an operation": (
        "      operationId: pets.replace\n",
        "      operationId: pets.replace\n      servers: [{url: 'https://other.example.org'}]\n",
        [
            (
                "breaking shop.Client.pets.replace goes to `https://other.example.org` unless told otherwise, "
                "not to the common server"
            )
        ],
        [
            (
                "breaking shop.Client.pets.replace goes to the common server unless told otherwise, "
                "not to `https://other.example.org`"
            )
        ],
    ),
    "security": (
        "security: [{key: []}]",
        "security: [{key: []}, {bearer: []}]",
        ["addition shop may be called with `bearer`"],
        ["breaking shop may not be called with `bearer` any more"],
    ),
    "no security": (
        "security: [{key: []}]",
        "security: [{}]",
        ["fix shop need not be called with `key` any more", "addition shop may be called without credentials"],
        ["breaking shop may not be called without credentials any more", "addition shop may be called with `key`"],
    ),
    "security of an operation": (
        "      operationId: pets.replace\n",
        "      operationId: pets.replace\n      security: [{bearer: []}]\n",
        [
            "breaking shop.Client.pets.replace may not be called with `key` any more",
            "addition shop.Client.pets.replace may be called with `bearer`",
        ],
        [
            "breaking shop.Client.pets.replace may not be called with `bearer` any more",
            "addition shop.Client.pets.replace may be called with `key`",
        ],
    ),
    "credential": (
        "key: {type: apiKey, in: header, name: X-Key}",
        "key: {type: apiKey, in: query, name: key}",
        ["breaking shop the credential `key` is sent in another way"],
        ["breaking shop the credential `key` is sent in another way"],
    ),
    "scopes": (
        "      operationId: pets.replace\n",
        "      operationId: pets.replace\n      security: [{key: [pets]}]\n",
        ["breaking shop.Client.pets.replace needs the scopes `pets`"],
        ["fix shop.Client.pets.replace needs the scopes `pets` no more"],
    ),
    "variable of a server": (
        "  - {url: 'https://eu.example.org/v1'}\n",
        "  - {url: 'https://{region}.example.org/v1', variables: {region: {default: eu}}}\n",
        ["addition shop has the new variable `region` in its server"],
        ["breaking shop has no variable `region` in its server any more"],
    ),
    "idempotency key by another name": (
        "name: X-Key, generate",
        "name: X-Once, generate",
        [
            "breaking shop.Client.pets.create(x_once) is the keyword that was called `x_key`",
            "fix shop.Client.pets.create(x_once) the idempotency key goes into the header as `X-Once`",
        ],
        [
            "breaking shop.Client.pets.create(x_key) is the keyword that was called `x_once`",
            "fix shop.Client.pets.create(x_key) the idempotency key goes into the header as `X-Key`",
        ],
    ),
    "another media type of an answer": (
        "{description: Orders., content: {application/json: {schema: {type: string}}}}",
        "{description: Orders., content: {application/json: {schema: {type: string}}, text/csv: {}}}",
        ["addition shop.Client.orders.create the answer `200` may come as `text/csv`"],
        ["fix shop.Client.orders.create the answer `200` never comes as `text/csv`"],
    ),
    "an answer is read in another way": (
        "{description: Orders., content: {application/json: {schema: {type: string}}}}",
        "{description: Orders., content: {application/octet-stream: {}}}",
        [
            "breaking shop.Client.orders.create the answer `200` never comes as `application/json`",
            "breaking shop.Client.orders.create the answer `200` may come as `application/octet-stream`",
        ],
        [
            "breaking shop.Client.orders.create the answer `200` never comes as `application/octet-stream`",
            "breaking shop.Client.orders.create the answer `200` may come as `application/json`",
        ],
    ),
    "an answer becomes a stream of the same type": (
        "{description: Orders., content: {application/json: {schema: {type: string}}}}",
        "{description: Orders., content: {text/event-stream: {schema: {type: string}}}}",
        [
            "breaking shop.Client.orders.create the answer `200` never comes as `application/json`",
            "breaking shop.Client.orders.create the answer `200` may come as `text/event-stream`",
        ],
        [
            "breaking shop.Client.orders.create the answer `200` never comes as `text/event-stream`",
            "breaking shop.Client.orders.create the answer `200` may come as `application/json`",
        ],
    ),
    "values of another type": (
        "Mood: {type: string, enum: [calm, wild], x-open: false}",
        "Mood: {type: integer, enum: [1, 2], x-open: false}",
        [
            "breaking shop.Mood is a set of int, not of str",
            "fix shop.Mood has no values `'calm'`, `'wild'` any more",
            "breaking shop.Mood has the new values `1`, `2`",
        ],
        [
            "breaking shop.Mood is a set of str, not of int",
            "fix shop.Mood has no values `1`, `2` any more",
            "breaking shop.Mood has the new values `'calm'`, `'wild'`",
        ],
    ),
    "another kind of schema": (
        "Mood: {type: string, enum: [calm, wild], x-open: false}",
        "Mood: {type: object, properties: {level: {type: integer}}}",
        ["breaking shop.Mood is of another kind: model, not enumeration"],
        ["breaking shop.Mood is of another kind: enumeration, not model"],
    ),
    "new credential": (
        "    bearer: {type: http, scheme: bearer}\n",
        "    bearer: {type: http, scheme: bearer}\n    basic: {type: http, scheme: basic}\n",
        ["addition shop the credential `basic` is new"],
        ["breaking shop the credential `basic` is gone"],
    ),
    "event": (
        "webhooks:\n",
        "webhooks:\n  lost: {post: {responses: {'200': {description: ok}}}}\n",
        ["addition shop.events.LOST is new: the event `lost`"],
        ["breaking shop.events.LOST is gone: no event `lost` is sent any more"],
    ),
    "payload of an event": (
        "properties: {price: {type: integer},",
        "properties: {price: {type: string},",
        ["breaking shop.Sale.price is `str` instead of `int`"],
        ["breaking shop.Sale.price is `int` instead of `str`"],
    ),
    "title": (
        "title: Shop",
        "title: The shop",
        ["fix shop is described in other words"],
        ["fix shop is described in other words"],
    ),
}
TENT = "    Tent: {type: object, required: [type], properties: {type: {type: string}}}\n"


def _edited(case: str) -> str:
    find, replace, _, _ = CASES[case]
    assert SHOP.count(find) == 1, f"{case}: {SHOP.count(find)} times"
    return SHOP.replace(find, replace)


@pytest.mark.parametrize("case", CASES)
def test_an_edit_is_graded_in_both_directions(case: str, compare: Compare) -> None:
    _, _, there, back = CASES[case]
    old, new = SHOP + TENT, _edited(case) + TENT
    assert [f"{change.grade} {change.name} {change.what}" for change in compare(old, new)] == there
    assert [f"{change.grade} {change.name} {change.what}" for change in compare(new, old)] == back


def test_no_edit_is_no_change(compare: Compare) -> None:
    assert compare(SHOP, SHOP) == []


def test_a_change_names_the_place_in_the_document(compare: Compare) -> None:
    [change] = compare(SHOP, SHOP.replace("weight: {type: number}", "weight: {type: integer}"))
    assert change.pointer == "openapi/shop.yaml#/components/schemas/Pet/properties/weight"
    [change] = compare(SHOP, SHOP.replace("name: limit, in: query, schema: {type: integer}", "name: limit, in: query"))
    assert change.pointer == "openapi/shop.yaml#/paths/~1pets/get/parameters/1"


def test_a_model_that_travels_both_ways_is_read_both_ways(compare: Compare) -> None:
    both = SHOP.replace("pet: {type: string}", "pet: {$ref: '#/components/schemas/Owner'}")
    grades = {
        "required: [name]\n      properties:\n        name: {type: string}": {"breaking", "fix"},  # given, always there
        "properties:\n        name: {type: [string, 'null']}": {"addition", "breaking"},
        "properties:\n        name: {type: integer}": {"breaking"},
        "properties:\n        name: {type: string, readOnly: true}": {"breaking"},
    }
    for written, expected in grades.items():
        edited = both.replace(
            "Owner:\n      type: object\n      properties:\n        name: {type: string}",
            f"Owner:\n      type: object\n      {written}",
        )
        assert edited != both
        assert {change.grade for change in compare(both, edited) if change.name == "shop.Owner.name"} == expected


def test_a_schema_with_another_name_is_no_change_of_the_wire(compare: Compare) -> None:
    assert compare(SHOP, SHOP.replace("schemas/Owner'", "schemas/Keeper'").replace("    Owner:", "    Keeper:")) == []
    renamed = SHOP.replace("schemas/Pet'", "schemas/Animal'").replace("    Pet:", "    Animal:")
    [change] = compare(SHOP, renamed.replace("weight: {type: number}", "weight: {type: string}"))
    assert change.name == "shop.Animal.weight"


def test_a_schema_in_its_own_place_is_no_change_of_the_wire(compare: Compare) -> None:
    assert (
        compare(
            SHOP,
            SHOP.replace("weight: {type: number}", "weight: {$ref: '#/components/schemas/Weight'}")
            + "    Weight: {type: number}\n",
        )
        == []
    )


def test_models_that_contain_each_other_are_compared_once(compare: Compare) -> None:
    old = SHOP.replace("mood: {$ref", "best: {$ref: '#/components/schemas/Pet'}\n        mood: {$ref")
    changes = compare(old, old.replace("weight: {type: number}", "weight: {type: string}"))
    assert [change.name for change in changes] == ["shop.Pet.weight"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{type: array, items: {type: integer}}", "{type: array, items: {type: number}}",
         "an element is `float` instead of `int`"),
        ("{additionalProperties: {type: string}}", "{additionalProperties: {type: [string, 'null']}}",
         "a value may be null now"),
        ("{type: array, prefixItems: [{type: string}], items: false, minItems: 1}",
         "{type: array, prefixItems: [{type: integer}], items: false, minItems: 1}",
         "element 1 is `int` instead of `str`"),
        ("{}", "{type: string}", "is `str` instead of `Any`"),
        ("{type: string}", "{$ref: '#/components/schemas/Problem'}", "is `Problem` instead of `str`"),
        ("{const: a}", "{const: b}", "may be `'b'`"),
    ],
)  # fmt: skip
def test_what_is_inside_an_answer_is_compared(compare: Compare, old: str, new: str, expected: str) -> None:
    head = "description: Orders., content: {application/json: {schema: "
    before, after = (SHOP.replace(f"{head}{{type: string}}", head + schema) for schema in (old, new))
    assert ("breaking", f"the answer `200` {expected}") in [(c.grade, c.what) for c in compare(before, after)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{type: string}", "{}", ("addition", "is `Any` instead of `str`")),
        ("{}", "{type: string}", ("breaking", "is `str` instead of `Any`")),
        ("{type: string}", "{type: [string, integer]}", ("addition", "may be `int` too")),
        ("{type: [string, integer]}", "{type: string}", ("breaking", "is never `int` any more")),
        ("{type: [boolean, integer]}", "{type: [boolean, number]}", ("addition", "may be `float` too")),
        ("{type: integer}", "{type: [string, number]}", ("addition", "may be `float`, `str` too")),
        ("{type: string, enum: [a, b]}", "{type: string}", ("addition", "is `str` instead of `OrdersCreateBody`")),
        ("{const: a}", "{type: string}", ("addition", "is `str` instead of `Literal['a']`")),
        ("{type: string, format: date}", "{type: string, format: date-time}",
         ("breaking", "is `datetime` instead of `date`")),
        ("{type: array, items: {$ref: '#/components/schemas/Home'}}",
         "{type: array, items: {$ref: '#/components/schemas/House'}}",
         ("breaking", "an element is never `Barn` any more")),
    ],
)  # fmt: skip
def test_what_is_inside_a_body_is_compared(compare: Compare, old: str, new: str, expected: tuple[str, str]) -> None:
    head = "content: {application/json: {schema: "
    there = f"{head}{{type: array, items: {{$ref: '#/components/schemas/Order'}}}}"
    before, after = (SHOP.replace(there, head + schema) for schema in (old, new))
    assert before != after
    changes = compare(before, after)
    assert expected in [(change.grade, change.what) for change in changes]
    assert len({change.grade for change in changes}) == 1


def test_an_error_that_falls_to_another_answer_is_compared_with_it(compare: Compare) -> None:
    old = "'404': {description: None., content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}"
    new = "'4XX': {description: None., content: {application/json: {schema: {$ref: '#/components/schemas/Owner'}}}}"
    found = [(change.grade, change.what) for change in compare(SHOP, SHOP.replace(old, new))]
    assert ("breaking", "the answer `4XX` is `Owner` instead of `Problem`") in found


def test_a_member_that_takes_the_place_of_another_is_compared_with_it(compare: Compare) -> None:
    old = SHOP.replace(
        "label: {oneOf: [{type: string}, {type: integer}]}",
        "label: {oneOf: [{type: string}, {type: array, items: {type: string}}]}",
    )
    [change] = compare(old, old.replace("items: {type: string}}]}", "items: {type: integer}}]}"))
    assert (change.grade, change.what) == ("breaking", "an element is `int` instead of `str`")


def test_what_the_comparison_does_not_know_is_never_passed_over() -> None:
    from attrs import frozen

    from codegen.diff.values import unlike

    @frozen
    class Later:
        known: int = 1
        new_promise: int = 1

    assert list(unlike(Later(), Later(2, 2), {"known"})) == ["new promise"]


@pytest.mark.parametrize("table", ["_OPERATION", "_DOCUMENT", "_PARAMETER", "_BODY", "_ANSWER", "_CONTENT", "_EVENT"])
def test_what_is_compared_by_name_exists(table: str) -> None:
    import attrs

    from codegen import ir
    from codegen.diff import wire

    names = {field.name for field in attrs.fields(getattr(ir, table.strip("_").capitalize()))}
    assert getattr(wire, table) <= names


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("enum: [eu]", "enum: [eu, us]", "addition shop the variable `region` of its server may be `us` too"),
        ("enum: [eu, us]", "enum: [eu]", "breaking shop the variable `region` of its server may be `eu` alone"),
        ("enum: [eu]", "x-none: 1", "addition shop the variable `region` of its server may be `anything` too"),
        ("x-none: 1", "enum: [eu]", "breaking shop the variable `region` of its server may be `eu` alone"),
    ],
)
def test_a_variable_of_a_server_holds_other_values(compare: Compare, old: str, new: str, expected: str) -> None:
    plain = "'https://eu.example.org/v1'"
    varying = f"'https://{{region}}.example.org/v1', variables: {{region: {{default: eu, {old}}}}}"
    before = SHOP.replace(plain, varying)
    change = compare(before, before.replace(old, new))[0]
    assert f"{change.grade} {change.name} {change.what}" == expected


def test_a_server_that_is_no_url_is_compared_all_the_same(compare: Compare) -> None:
    changes = compare(SHOP, SHOP.replace("https://api.example.org/v1", "http://[broken"))
    assert [change.grade for change in changes] == ["breaking"]


def test_a_schema_that_contains_itself_without_an_object_is_compared(compare: Compare) -> None:
    tree = "{type: array, items: {$ref: '#/components/schemas/Tree'}}"
    old = SHOP.replace("weight: {type: number}", "weight: {$ref: '#/components/schemas/Tree'}")
    both = f"    Tree: {{oneOf: [{{type: string}}, {tree}]}}\n"
    assert compare(old + both, old + both) == []
    changes = compare(old + both, old + both.replace("{type: string}", "{type: boolean}"))
    assert ("breaking", "shop.Pet.weight") in {(change.grade, change.name) for change in changes}
