"""A worker in a process of its own, for tests that kill it or put it to sleep. Run with the database's address.

It says on stdout what it is about to do, and goes on when it is sent a line. Its loop stands still meanwhile, so that
it renews no lease and learns of nothing, as if the machine had stopped at that very instruction.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from sqlalchemy import text

from reknit.durable import Inbox, Retries
from reknit.inbound.store import Letter


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def pause(said: str) -> None:
    say(said)
    sys.stdin.readline()


class Hand:
    name = "post"

    async def handle(self, letter: Letter, transaction: Any = None) -> None:
        if letter.body == b"before":
            pause("before")
        await transaction.execute(text("INSERT INTO effects VALUES (:body)"), {"body": letter.body.decode()})
        if letter.body == b"after":
            pause("after")


async def main(url: str) -> None:
    inbox = Inbox(url, hooks=[lambda event: say(type(event).__name__)])
    inbox.bind(Hand())
    async with inbox, inbox.worker(poll=0.01, lease=0.3, retries=Retries(base=0.01)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
