"""A sandbox in the middle of a working day, so that there is something to look at."""

from __future__ import annotations

import base64

import aiohttp

from reknit.sandbox import TEST_KEY, Delay, Reset, Sandbox

AUTHORIZATION = {
    "rezi": f"Bearer {TEST_KEY}",
    "rezolve": f"Bearer {TEST_KEY}",
    "refonte": "Basic " + base64.b64encode(f"{TEST_KEY}:".encode()).decode(),
    "relays": f"token {TEST_KEY}",
}
DELETE = "/tools/itsm.tickets.delete/execute"


async def send(box: Sandbox, api: str, method: str, path: str, json: object = None) -> int | None:
    """Make a request on a connection of its own; None where no answer came."""
    async with aiohttp.ClientSession(headers={"Authorization": AUTHORIZATION[api]}) as session:
        try:
            async with session.request(method, box.base_url(api) + path, json=json) as response:
                await response.read()
                return response.status
        except aiohttp.ClientError:
            return None


async def a_day(box: Sandbox) -> None:
    """Use all four APIs, meet a fault, and leave an approval, a task and a session waiting."""
    create = "/tools/itsm.tickets.create/execute"
    await send(box, "rezi", "GET", "/users")
    await send(box, "rezolve", "GET", "/tools?domain=itsm")
    ticket = {"input": {"title": "The printer on floor 3 is on fire"}, "idempotency_key": "ticket-7f3a"}
    box.faults.add(api="rezolve", operation="tools.execute", fault=Reset(when="after"))
    await send(box, "rezolve", "POST", create, ticket)
    await send(box, "rezolve", "POST", create, ticket)
    await send(
        box, "rezolve", "POST", create, {"input": {"titel": "a typing mistake"}, "idempotency_key": "ticket-90c1"}
    )
    for number in (1, 2):
        task = {
            "callback_url": "http://127.0.0.1:9/hook",
            "instruction": "Draw a box around every traffic light.",
            "attachment": "https://images.example/crossing.jpg",
            "geometries": {"box": {"objects_to_annotate": ["traffic light"]}},
            "unique_id": f"crossing-{number}",
        }
        await send(box, "refonte", "POST", "/task/imageannotation", task)
    await send(
        box, "relays", "POST", "/v1/relays/sessions", {"users": [{"ip": "198.51.100.7"}, {"ip": "203.0.113.20"}]}
    )
    await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": "cleanup-1"})
    box.faults.add(api="rezolve", operation="tools.execute", fault=Delay(seconds=2.0), times=3)
    box.faults.add(api="refonte", fault=Reset(when="body"), times=None)
    box.faults.switch(box.faults.list()[-1].id, False)
