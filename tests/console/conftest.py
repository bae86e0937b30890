"""A sandbox, and its page open in a real Chromium.

REKNIT_CHROMIUM names the browser, REKNIT_CHROMIUM_LIBRARIES a folder with what it needs besides, and REKNIT_AXE the
script of axe-core; `nox -s console` finds or installs all of them.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from reknit.sandbox import Clock, Sandbox

CHROMIUM = os.environ.get("REKNIT_CHROMIUM")

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Open: TypeAlias = "Callable[..., Awaitable[Page]]"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="REKNIT_CHROMIUM names no browser; `nox -s console` finds or installs one")
        for item in items:
            if item.get_closest_marker("console"):
                item.add_marker(skip)


def environment() -> dict[str, str | float | bool]:
    """Return the browser's environment: its libraries are for itself alone, not for Python."""
    libraries = os.environ.get("REKNIT_CHROMIUM_LIBRARIES")
    return {**os.environ, **({"LD_LIBRARY_PATH": libraries} if libraries else {})}


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=Clock(1_800_000_000.0, tick=lambda: 0.0)) as box:
        yield box


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    # As root, and in a container, Chromium has no sandbox of its own; it sees no page but ours.
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], env=environment())
        yield browser
        await browser.close()


@pytest.fixture
async def opened(box: Sandbox, browser: Browser) -> AsyncIterator[Open]:
    """Return a function that opens the page and waits until it is live; it fails the test on any error of a script."""
    wrong: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(*, width: int = 1280, height: int = 860, **how: Any) -> Page:
            context = await browser.new_context(viewport={"width": width, "height": height}, **how)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
            await page.goto(box.url + "/")
            await page.get_by_text("Live", exact=True).wait_for()
            await page.locator("#kind option").first.wait_for(state="attached")
            return page

        yield open_page
    assert wrong == []
