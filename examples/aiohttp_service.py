"""A service on aiohttp that takes Refonte.AI's callbacks: stored, answered, and handled once each.

pip install 'reknit[inbox]'
REFONTE_CALLBACK_KEY=live-key python examples/aiohttp_service.py [PORT]
"""

import sys
from collections.abc import AsyncIterator

from aiohttp import web

from reknit import refonte
from reknit.durable import Inbox

inbox = Inbox("sqlite+aiosqlite:///inbox.db")
receiver = refonte.receiver(inbox=inbox)  # the keys are in REFONTE_CALLBACK_KEY


@receiver.on(refonte.TaskCallback, order_by=lambda event: event.task_id)
async def labelled(event: refonte.TaskCallback) -> None:
    print(event.task_id, event.status or event.task.status, event.response, flush=True)


async def work(app: web.Application) -> AsyncIterator[None]:
    async with inbox.worker(concurrency=8):
        yield


app = web.Application()
app.router.add_route("POST", "/refonte", receiver.aiohttp)
app.cleanup_ctx.append(work)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
