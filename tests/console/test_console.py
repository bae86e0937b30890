"""The console in a real browser, used as a person would: with a mouse, with the keyboard alone, on a phone."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from reknit import rezolve
from reknit.sandbox import TEST_KEY, Refuse, Reset, Sandbox, Status
from tests.console.pictures import fewer_colours
from tests.console.story import DELETE, a_day, send
from tests.serving import Serve, reply

pytestmark = pytest.mark.console

AXE = os.environ.get("REKNIT_AXE")
SCREENSHOTS = os.environ.get("REKNIT_SCREENSHOTS")
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>'\"`"


@pytest.fixture(scope="module")
def axe() -> str:
    return Path(AXE or "").read_text(encoding="utf-8")


async def overflow(page: Any) -> int:
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


async def eventually(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_call_that_waits_is_approved_in_the_page_and_its_replay_succeeds(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await page.get_by_text("No request yet").wait_for()
    async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve")) as hub:
        with pytest.raises(rezolve.ApprovalRequired):
            await hub.tools.execute("itsm.tickets.delete", input={"id": 1}, idempotency_key="cleanup-1")
        await page.get_by_role("button", name="Approve: itsm.tickets.delete, cleanup-1").click()
        await page.locator("#approvals .badge", has_text="approved").wait_for()
        assert [approval.state for approval in box.rezolve.approvals] == ["approved"]
        await page.get_by_role("status").filter(has_text="itsm.tickets.delete was approved.").wait_for()

        done = await hub.tools.execute("itsm.tickets.delete", input={"id": 1}, idempotency_key="cleanup-1")
        assert done.connection_id == "con_itsm_1"
    await page.get_by_text("attempt 2").wait_for()


async def test_a_rejected_call_is_refused(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": "cleanup-1"})
    await page.get_by_role("button", name="Reject: itsm.tickets.delete, cleanup-1").click()
    await page.locator("#approvals .badge", has_text="rejected").wait_for()
    assert await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": "cleanup-1"}) == 403


async def test_a_request_shows_its_headers_and_bodies_without_secrets(box: Sandbox, opened: Any) -> None:
    page = await opened()
    body = {"input": {"title": "printer", "password": "hunter2"}, "idempotency_key": "k-1"}
    await send(box, "rezolve", "POST", "/tools/itsm.tickets.create/execute", body)
    line = page.locator(".line")
    await line.click()
    await page.get_by_role("region", name="Request body").wait_for()
    assert await line.get_attribute("aria-expanded") == "true"
    text = await page.locator(".more").inner_text()
    assert "Authorization" in text
    assert "***" in text
    assert "hunter2" not in text
    assert TEST_KEY not in await page.content()
    await line.click()
    assert await page.locator(".more").count() == 0


async def test_a_fault_is_added_switched_off_and_on_and_removed(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await page.get_by_text("Add a fault").click()
    await page.get_by_label("Kind").select_option("reset")
    await page.locator("#fault-api").select_option("rezi")
    await page.get_by_label("Operation", exact=True).select_option("users.list")
    await page.locator("#option-when").select_option("before")
    await page.locator("#times").fill("")
    await page.get_by_role("button", name="Add fault").click()
    switch = page.get_by_role("switch", name="reset, Rezi users.list")
    await switch.wait_for()
    [planned] = box.faults.list()
    assert (planned.api, planned.operation, planned.fault, planned.times) == (
        "rezi", "users.list", Reset(when="before"), None,
    )  # fmt: skip

    assert await send(box, "rezi", "GET", "/users") is None
    await switch.click()
    await page.locator('[role="switch"][aria-checked="false"]').wait_for()
    assert await send(box, "rezi", "GET", "/users") == 200
    await switch.click()
    await page.locator('[role="switch"][aria-checked="true"]').wait_for()
    assert await send(box, "rezi", "GET", "/users") is None
    await page.get_by_role("button", name="Remove reset, Rezi users.list").click()
    await switch.wait_for(state="detached")
    assert box.faults.list() == []


async def test_a_fault_that_cannot_be_says_why(opened: Any) -> None:
    page = await opened()
    await page.get_by_text("Add a fault").click()
    await page.locator("#times").fill("often")
    await page.get_by_role("button", name="Add fault").click()
    await page.locator("#fault-wrong", has_text="times must be a whole number").wait_for()


async def test_every_kind_of_fault_can_be_added_as_the_form_offers_it(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await page.get_by_text("Add a fault").click()
    kinds = await page.locator("#kind option").all_inner_texts()
    for kind in kinds:
        if kind == "refuse":  # it would close the port on the page
            continue
        await page.get_by_label("Kind").select_option(kind)
        await page.get_by_role("button", name="Add fault").click()
        await eventually(lambda kind=kind: any(planned.fault.kind == kind for planned in box.faults.list()))
    assert len(box.faults.list()) == len(kinds) - 1
    assert await page.locator("#fault-wrong").inner_text() == ""


async def test_a_task_is_completed_and_its_callback_sent_again(box: Sandbox, opened: Any, serve: Serve) -> None:
    server = await serve(reply())
    page = await opened()
    task = {
        "callback_url": server.url + "/hook",
        "instruction": "Draw boxes.",
        "attachment": "https://images.example/crossing.jpg",
        "geometries": {"box": {"objects_to_annotate": ["car"]}},
        "unique_id": "crossing-1",
    }
    assert await send(box, "refonte", "POST", "/task/imageannotation", task) == 200
    await page.get_by_role("button", name="Complete: crossing-1").click()
    await page.get_by_text("callback arrived").wait_for()
    assert len(server.requests) == 1
    await page.get_by_role("button", name="Resend callback: crossing-1").click()
    await eventually(lambda: len(server.requests) == 2)


async def test_a_relay_session_is_made_ready(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await send(box, "relays", "POST", "/v1/relays/sessions", {"users": [{"ip": "198.51.100.7"}]})
    await page.get_by_role("button", name="Make ready").click()
    await page.locator("#sessions .badge", has_text="ready").wait_for()
    assert [session.ready for session in box.relays.sessions.values()] == [True]


async def test_the_clock_is_advanced(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await page.get_by_role("button", name="+24 h").click()
    await page.get_by_text("2027-01-16 08:00:00 UTC").wait_for()
    await page.get_by_label("Seconds").fill("61")
    await page.get_by_label("Seconds").press("Enter")
    await page.get_by_text("2027-01-16 08:01:01 UTC").wait_for()
    assert box.clock.now() == 1_800_000_000.0 + 86_400 + 61


async def test_hostile_strings_stay_text(box: Sandbox, opened: Any) -> None:
    page = await opened()
    body = {"input": {"title": HOSTILE}, "idempotency_key": HOSTILE}
    await send(box, "rezolve", "POST", "/tools/itsm.tickets.create/execute", body)
    await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": HOSTILE + "2"})
    await send(box, "rezi", "GET", "/users?q=<img/src=x/onerror=alert(1)>")
    await page.get_by_role("button", name="Approve").wait_for()
    for line in await page.locator(".line").all():
        await line.click()
    await page.get_by_role("region", name="Request body").first.wait_for()
    assert HOSTILE in await page.locator("main").inner_text()
    assert await page.locator("main img, main script").count() == 0
    assert await page.title() == "(1) reknit sandbox"
    assert await overflow(page) == 0


async def test_what_cannot_be_seen_is_shown_as_its_escape(box: Sandbox, opened: Any) -> None:
    page = await opened()
    key = "k\u202e\u200b\x1b\n" + "7" * 3
    body = {"input": {"title": "a\u2066b\U000e0041"}, "idempotency_key": key}
    await send(box, "rezolve", "POST", "/tools/itsm.tickets.create/execute", body)
    line = page.locator(".line")
    assert r"k\u202e\u200b\u001b\u000a777" in await line.inner_text()
    await line.click()
    block = page.get_by_role("region", name="Request body")
    assert r"a\u2066b\u{e0041}" in await block.inner_text()
    assert not set(await page.locator("main").inner_text()) & set("\u202e\u200b\u2066\x1b\U000e0041")


async def test_what_is_long_is_cut_in_its_middle_and_whole_in_the_details(box: Sandbox, opened: Any) -> None:
    page = await opened(width=360)
    key = "begin-" + "x" * 5_000 + "-end"
    await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": key})
    await send(box, "rezi", "GET", "/users?q=" + "y" * 3_000)
    lines = page.locator(".line")
    await lines.nth(1).wait_for()
    assert len(await page.locator("main").inner_text()) < 3_000
    assert (await lines.nth(1).locator(".cut").inner_text()).endswith("xxxxx-end")
    await lines.nth(0).click()
    await page.get_by_text("y" * 3_000).wait_for()
    assert await overflow(page) == 0


async def test_a_callback_that_was_not_sent_says_why(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await send(box, "refonte", "POST", "/task/textcollection", {"callback_url": "http://elsewhere.example/hook"})
    await page.get_by_role("button", name="Complete: ").click()
    await page.get_by_text("reason not a loopback address").wait_for()


async def test_no_other_origins_page_reads_frames_or_changes_the_sandbox(
    box: Sandbox, browser: Any, serve: Serve
) -> None:
    stranger = await serve(reply(b"<!doctype html><p>hello", Content_Type="text/html"))
    page = await browser.new_page()
    await page.goto(stranger.url + "/")
    attack = """async ([url, token]) => {
        const tried = [
            fetch(url + "/_sandbox/state"),
            fetch(url + "/_sandbox/clock/advance", {method: "POST", body: '{"seconds": 60}',
                headers: {"Content-Type": "application/json", "X-Sandbox-Token": token}}),
        ];
        const seen = (await Promise.allSettled(tried)).map((one) => one.status);
        const simple = {method: "POST", mode: "no-cors", body: '{"seconds": 60}'};
        await fetch(url + "/_sandbox/clock/advance", simple).catch(() => 0);
        const script = document.createElement("script");
        script.src = url + "/_sandbox/console.js";
        const loaded = new Promise((done) => {
            script.onload = () => done("loaded");
            script.onerror = () => done("refused");
        });
        document.body.append(script);
        return [...seen, await loaded];
    }"""
    before = box.clock.now()
    assert await page.evaluate(attack, [box.url, box.token]) == ["rejected", "rejected", "refused"]
    assert box.clock.now() == before
    assert box.ledger.request_count == 0


async def test_it_is_used_with_the_keyboard_alone(box: Sandbox, opened: Any) -> None:
    await a_day(box)
    page = await opened()
    await page.locator(".line").first.wait_for()
    focused = "document.activeElement"

    await page.keyboard.press("Tab")
    assert await page.evaluate(f"{focused}.textContent") == "Skip to the requests"
    await page.keyboard.press("Enter")
    assert await page.evaluate(f"{focused}.id") == "requests"
    for _ in range(5):  # the filter, the search, Pause, Clear, and of all lines the first
        await page.keyboard.press("Tab")
    assert await page.evaluate(f"{focused}.className") == "line"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.locator(".more h3").first.wait_for()

    # What arrives meanwhile takes the focus from nobody.
    before = await page.evaluate(f"{focused}.textContent")
    await send(box, "rezi", "GET", "/users")
    await page.get_by_text("10 requests").wait_for()
    assert await page.evaluate(f"{focused}.textContent") == before

    approve = page.get_by_role("button", name="Approve: ")
    for _ in range(12):
        if await approve.evaluate(f"node => node === {focused}"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await eventually(lambda: box.rezolve.approvals[0].state == "approved")
    await page.locator("#approvals li:focus").wait_for()


async def test_what_a_screen_reader_is_told_does_not_chatter(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await page.evaluate(
        "window.heard = []; new MutationObserver(() => heard.push(document.getElementById('said').textContent))"
        ".observe(document.getElementById('said'), {childList: true})"
    )
    for _ in range(20):
        await send(box, "rezi", "GET", "/users")
    await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": "k-1"})
    await page.get_by_role("status").filter(has_text="waits for an approval").wait_for()
    assert await page.evaluate("heard") == ["1 call waits for an approval."]


async def test_the_list_is_filtered_paused_and_cleared(box: Sandbox, opened: Any) -> None:
    page = await opened()
    await send(box, "rezi", "GET", "/users")
    await send(box, "relays", "GET", "/v1/relays/sessions")
    lines = page.locator(".line:visible")
    await lines.nth(1).wait_for()
    await page.get_by_label("API", exact=True).first.select_option("relays")
    assert await lines.count() == 1
    await page.get_by_label("Find in path").fill("nothing like it")
    await page.get_by_text("fits the filter").wait_for()
    await page.get_by_label("Find in path").fill("")
    await page.get_by_label("API", exact=True).first.select_option("")
    await page.get_by_role("button", name="Pause").click()
    await send(box, "rezi", "GET", "/users")
    await page.get_by_text("Paused. 1 request came since.").wait_for()
    assert await lines.count() == 2
    await page.get_by_role("button", name="Pause").click()
    await lines.nth(2).wait_for()
    await page.get_by_role("button", name="Clear").click()
    await page.get_by_text("No request yet").wait_for()
    assert box.ledger.request_count == 0


async def test_a_storm_leaves_a_bounded_list_with_the_newest_first(box: Sandbox, opened: Any) -> None:
    page = await opened()
    for number in range(40):
        await asyncio.gather(*(send(box, "rezi", "GET", f"/users?n={number * 10 + one}") for one in range(10)))
    await page.get_by_text("400 requests").wait_for()
    async with asyncio.timeout(10):  # it trims a moment after the newest came
        while await page.locator("#feed > li").count() > 301:
            await asyncio.sleep(0.02)
    newest = box.ledger.requests()[-1].path
    assert newest in await page.locator(".line").first.inner_text()


async def test_a_crowd_of_approvals_is_counted_and_shown_in_part(box: Sandbox, opened: Any) -> None:
    for number in range(105):
        await send(box, "rezolve", "POST", DELETE, {"input": {"id": 1}, "idempotency_key": f"k-{number}"})
    page = await opened()
    await page.get_by_text("and 5 more").wait_for()
    assert await page.locator("#approvals-list > li").count() == 100
    assert await page.locator('[data-count="approvals"]').inner_text() == "105"


async def test_a_lost_connection_is_shown_and_found_again(box: Sandbox, opened: Any) -> None:
    page = await opened()
    box.faults.add(fault=Refuse(seconds=1.5))
    await page.get_by_text("Connection lost", exact=True).wait_for()
    await page.get_by_text("What is shown is from before").wait_for()
    await page.get_by_text("Live", exact=True).wait_for()
    assert await page.get_by_text("What is shown is from before").is_hidden()
    await send(box, "rezi", "GET", "/users")
    await page.locator(".line").wait_for()


async def test_a_sandbox_that_was_started_anew_asks_for_a_reload(box: Sandbox, opened: Any) -> None:
    page = await opened()
    port = int(box.url.rpartition(":")[2])
    await box.stop()
    await page.get_by_text("Connection lost", exact=True).wait_for()
    async with Sandbox(port=port):
        await page.get_by_role("button", name="Reload the page").click()
        await page.get_by_text("Live", exact=True).wait_for()


async def test_pages_that_nobody_sees_leave_the_connections_to_the_one_that_is_looked_at(
    box: Sandbox, opened: Any
) -> None:
    first = await opened()
    await send(box, "rezi", "GET", "/users")
    await first.locator(".line").wait_for()
    pages = [first]
    for _ in range(7):  # a headless page says that it is seen whatever it is
        await pages[-1].evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
        pages.append(await first.context.new_page())
        await pages[-1].goto(box.url + "/")
        await pages[-1].get_by_text("Live", exact=True).wait_for()
    await first.get_by_text("Connecting", exact=True).wait_for(state="attached")
    await send(box, "rezi", "GET", "/plans")
    await pages[-1].locator(".line").nth(1).wait_for()
    assert await first.locator(".line").count() == 1

    await first.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    await first.locator(".line").nth(1).wait_for()
    await first.get_by_text("Live", exact=True).wait_for()
    assert await first.locator(".line").count() == 2


async def test_an_answer_that_breaks_a_contract_is_shown(box: Sandbox, opened: Any) -> None:
    page = await opened()
    assert await page.locator("#violations").is_hidden()
    box.violations.append("rezi.users.list: 200 /data: 7 is not of type 'array'")
    await send(box, "rezi", "GET", "/users")
    await page.get_by_role("alert").filter(has_text="in 1 answer. rezi.users.list: 200 /data: 7 is not").wait_for()


async def test_what_a_fault_did_is_named_on_the_line(box: Sandbox, opened: Any) -> None:
    page = await opened()
    box.faults.add(api="rezi", fault=Status(502, html=True))
    assert await send(box, "rezi", "GET", "/users") == 502
    await page.locator(".line .badge", has_text="status").wait_for()


@pytest.mark.parametrize("width", [320, 360, 700, 1000])
async def test_no_width_scrolls_sideways(box: Sandbox, opened: Any, width: int) -> None:
    await a_day(box)
    page = await opened(width=width, height=740)
    await page.locator(".line").first.click()
    await page.locator(".more h3").first.wait_for()
    await page.get_by_text("Add a fault").click()
    for details in await page.locator(".items summary").all():
        await details.click()
    assert await overflow(page) == 0


@pytest.mark.skipif(AXE is None, reason="REKNIT_AXE does not name axe-core's script; `nox -s console` installs it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing(box: Sandbox, opened: Any, axe: str, scheme: str, width: int) -> None:
    page = await opened(width=width, color_scheme=scheme)
    for used in (False, True):
        if used:
            await a_day(box)
            await page.locator(".line").first.click()
            await page.locator(".more h3").first.wait_for()
            await page.get_by_text("Add a fault").click()
        await page.evaluate(axe)
        found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []


@pytest.mark.parametrize(
    ("name", "scheme", "width", "height"),
    [("light", "light", 1280, 860), ("dark", "dark", 1280, 860), ("narrow", "light", 360, 780)],
)
async def test_screenshots(box: Sandbox, opened: Any, name: str, scheme: str, width: int, height: int) -> None:
    await a_day(box)
    page = await opened(width=width, height=height, color_scheme=scheme)
    await page.locator(".line").first.wait_for()
    if name == "dark":
        await page.locator(".line", has_text="attempt 2").click()
        await page.locator(".more h3").first.wait_for()
        await page.evaluate("document.activeElement.blur()")
    picture = await page.screenshot()
    assert picture.startswith(b"\x89PNG")
    if SCREENSHOTS:
        (Path(SCREENSHOTS) / f"console-{name}.png").write_bytes(fewer_colours(picture))
