"""A service on FastAPI that takes Refonte.AI's callbacks: stored, answered, and handled once each.

pip install 'reknit[inbox]' fastapi uvicorn
REFONTE_CALLBACK_KEY=live-key uvicorn --app-dir examples fastapi_service:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route

from reknit import refonte
from reknit.durable import Inbox

inbox = Inbox("sqlite+aiosqlite:///inbox.db")
receiver = refonte.receiver(inbox=inbox)  # the keys are in REFONTE_CALLBACK_KEY


@receiver.on(refonte.TaskCallback, order_by=lambda event: event.task_id)
async def labelled(event: refonte.TaskCallback) -> None:
    print(event.task_id, event.status or event.task.status, event.response, flush=True)


@asynccontextmanager
async def work(app: FastAPI) -> AsyncIterator[None]:
    async with inbox.worker(concurrency=8):
        yield


app = FastAPI(lifespan=work, routes=[Route("/refonte", receiver.asgi, methods=["POST"])])
