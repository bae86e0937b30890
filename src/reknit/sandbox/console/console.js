// The console. It is told of events by a stream, fetches what they changed, and shows everything as text: nothing here
// makes markup of a string, and the page's policy would not let it.
"use strict";

const TOKEN = document.querySelector('meta[name="sandbox-token"]').content;
const MOST_LINES = 300;
const MOST_ITEMS = 100;
const CALLBACK_KINDS = new Set(["duplicate-callback", "reorder-callbacks", "wrong-secret"]);
const CALLBACK_APIS = ["refonte", "relays"];
const CHOICES = { when: ["before", "headers", "body", "after"] };
const REASONS = new Set(["status", "reason", "error"]); // of an effect: why a callback failed or was not sent
const NAMES = { rezi: "Rezi", rezolve: "Rezolve", refonte: "Refonte.AI", relays: "Relays" };

const $ = (id) => document.getElementById(id);

// Small things

/** Make an element. `properties` are set on it, those with a hyphen and `role` as attributes; children may be text. */
function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") made.setAttribute(name, visible(value));
    else if (name === "textContent" || name === "title") made[name] = visible(value, tag === "pre");
    else made[name] = value;
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== "") made.append(typeof child === "string" ? visible(child) : child);
  }
  return made;
}

/**
 * Show what cannot be seen, or would turn around what stands beside it (controls, bidirectional overrides, zero-width
 * characters, halves of pairs), as its escape; and line breaks too, but in a block of lines.
 */
function visible(value, keepsLines = false) {
  return String(value ?? "").replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0]/gu, (character) => {
    if (keepsLines && character === "\n") return character;
    const code = character.codePointAt(0);
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Shorten a text in its middle: ids that were made by one program differ at their end. */
function short(value, most = 120) {
  const whole = String(value ?? "");
  return whole.length <= most ? whole : `${whole.slice(0, Math.ceil(most / 2))}…${whole.slice(-Math.floor(most / 2) + 1)}`;
}

/** Let a path break after its slashes, rather than in the middle of a word. */
const breakable = (path) => short(path, 400).split(/(?<=[/&?])/).flatMap((part) => [part, el("wbr")]);

/** Set a text where it differs: a screen reader and a selection notice the setting. */
function text(node, value) {
  const wanted = visible(value, node.tagName === "PRE");
  if (node.textContent !== wanted) node.textContent = wanted;
}

function choices(select, pairs, chosen = select.value) {
  select.replaceChildren(...pairs.map(([value, label]) => el("option", { value, textContent: label })));
  select.value = pairs.some(([value]) => value === chosen) ? chosen : (pairs[0]?.[0] ?? "");
}

const label = (node, words) => node.setAttribute("aria-label", visible(words));
const pretty = (value) => JSON.stringify(value, null, 2);
const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

function time(at, withDate = false) {
  const date = typeof at === "number" ? new Date(at * 1000) : new Date(at ?? NaN);
  if (Number.isNaN(date.getTime())) return "–";
  const iso = date.toISOString();
  return withDate ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC` : iso.slice(11, 19);
}

function took(seconds) {
  const ms = seconds * 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

let speaking = 0;
/** Tell a screen reader, once what is to be said has stopped changing. */
function say(words) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { $("said").textContent = visible(words); }, 300);
}

function complain(words) {
  text($("problem-text"), words);
  $("problem").hidden = !words;
}

async function ask(method, path, body) {
  const headers = { "X-Sandbox-Token": TOKEN };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: method === "GET" ? undefined : JSON.stringify(body ?? {}) });
  } catch {
    throw new Error("The sandbox cannot be reached.");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The sandbox answered ${response.status}.`);
  return answer;
}

/** Do what a button says, and keep a second press out meanwhile. */
async function act(button, method, path, body, done) {
  if (button.dataset.busy) return;
  button.dataset.busy = "1";
  try {
    await ask(method, path, body);
    complain("");
    if (done) say(done);
  } catch (error) {
    complain(error.message);
  } finally {
    delete button.dataset.busy;
  }
}

// The list of requests

const feed = $("feed");
const lines = new Map(); // event id -> {li, event, button}
let waiting = []; // what came while the list was paused
let paused = false;
let current = null; // the one button of the list that Tab reaches

function tone(status) {
  if (status === 0 || status >= 500) return "bad";
  return status >= 400 ? "warn" : "good";
}

function requestLine(event) {
  const entry = event.entry;
  const status = el("span", { className: `status ${tone(entry.status)}` },
    el("span", { className: "unseen", textContent: "Status " }),
    entry.status === 0 ? "none" : String(entry.status));
  if (entry.fault) status.append(el("span", { className: "badge bad", textContent: entry.fault, title: "The fault that it met" }));
  const key = el("span", { className: "key" });
  if (entry.key) {
    key.append(el("span", { className: "unseen", textContent: "Key " }), keyText(entry.key));
    if (entry.attempt > 1) key.append(el("span", { className: "badge live", textContent: `attempt ${entry.attempt}` }));
  }
  const button = el("button", { type: "button", className: "line", title: time(entry.at, true), tabIndex: -1, "aria-expanded": "false" },
    el("span", { className: "at", textContent: time(entry.at) }), status,
    el("span", { className: "what" },
      el("span", { className: "method", textContent: entry.method }), el("span", { className: "api", textContent: entry.api }), ...breakable(entry.path)),
    key, el("span", { className: "took", textContent: took(entry.seconds) }));
  const li = el("li", {}, button);
  button.addEventListener("click", () => toggle(event, li, button));
  return { li, event, button };
}

const keyText = (key) => el("span", { className: "cut", textContent: short(key, 20), title: short(key, 400) });

function effectLine(event) {
  const entry = event.entry;
  const detail = Object.entries(entry.detail ?? {}).filter(([name, value]) => REASONS.has(name) && isSaid(value)).map(([name, value]) => `${name} ${shown(value)}`).join(", ");
  const li = el("li", { className: "effect" },
    el("span", { className: "at", textContent: time(entry.at) }), el("span", {}, el("span", { className: "badge", textContent: "effect" })),
    el("span", { className: "what" }, el("span", { className: "api", textContent: entry.api }), el("b", { textContent: entry.name }), ` ${short(entry.subject)}`,
      detail ? el("span", { className: "because", textContent: short(detail, 200), title: short(detail, 2000) }) : null),
    el("span", { className: "key" }, entry.key ? el("span", { className: "unseen", textContent: "Key " }) : null, entry.key ? keyText(entry.key) : null));
  return { li, event, button: null };
}

async function toggle(event, li, button) {
  move(button);
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  li.querySelector(".more")?.remove();
  if (open) return;
  const more = el("div", { className: "more" }, el("p", { className: "wide", textContent: "Loading" }));
  li.append(more);
  try {
    more.replaceChildren(...details((await ask("GET", `/_sandbox/events/${event.id}`)).entry));
  } catch (error) {
    more.replaceChildren(el("p", { className: "wide", textContent: error.message }));
  }
}

function details(entry) {
  const about = [entry.operation ? `Operation ${entry.operation}` : "No operation has this method and path",
    `at ${time(entry.at, true)}`, entry.fault ? `met the fault ${entry.fault}` : ""];
  if (entry.key) about.push(`attempt ${entry.attempt} with the key ${entry.key}`);
  const sent = entry.body !== null ? block("Request body", entry.body)
    : note(entry.size ? `The body (${plural(entry.size, "byte")}) is no JSON, or too large to be kept.` : "No body.");
  const answered = entry.answer_body !== null ? block("Answer body", entry.answer_body) : note("No JSON body, or one too large to be kept.");
  return [
    el("p", { className: "wide", textContent: about.filter(Boolean).join(" · ") }),
    entry.path.length > 400 ? el("p", { className: "wide", textContent: `Path ${entry.path}` }) : "",
    el("div", {}, el("h3", { textContent: "Request" }), facts(entry.headers), sent),
    el("div", {}, el("h3", { textContent: entry.status ? `Answer ${entry.status}` : "No answer was sent" }), facts(entry.answer_headers), answered),
  ];
}

const note = (words) => el("p", { className: "note", textContent: words });

function block(label, value) {
  return el("pre", { tabIndex: 0, role: "region", "aria-label": label, textContent: pretty(value) });
}

function facts(headers) {
  const list = el("dl", { className: "facts" });
  for (const [name, value] of Object.entries(headers)) list.append(el("dt", { textContent: name }), el("dd", { textContent: value }));
  return list;
}

function fits({ event, li }) {
  const api = $("only").value;
  const find = $("find").value.trim().toLowerCase();
  if (event.kind === "gap" || li.contains(document.activeElement)) return true;
  const entry = event.entry;
  if (api && entry.api !== api) return false;
  return !find || [entry.method, entry.path, entry.operation, entry.name, entry.subject, entry.key, entry.status, entry.fault].join(" ").toLowerCase().includes(find);
}

function show(event) {
  if (lines.has(event.id)) return;
  const line = event.kind === "request" ? requestLine(event) : effectLine(event);
  line.li.hidden = !fits(line);
  lines.set(event.id, line);
  feed.prepend(line.li);
}

/** Let go of the oldest lines, but not of one that someone reads. */
function trim() {
  let spare = lines.size - MOST_LINES;
  for (const [id, { li, button }] of lines) {
    if (spare-- <= 0) break;
    if (li.contains(document.activeElement) || button?.getAttribute("aria-expanded") === "true") continue;
    li.remove();
    lines.delete(id);
  }
}

function arrive(event) {
  if (event.kind === "change") return;
  if (paused) {
    waiting.push(event);
    if (waiting.length > MOST_LINES) waiting.shift();
  } else {
    show(event);
  }
  soon(settleFeed);
}

function settleFeed() {
  trim();
  const visible = [...lines.values()].filter(({ li }) => !li.hidden);
  $("columns").hidden = !visible.length;
  $("no-requests").hidden = visible.length > 0;
  const filtered = lines.size > 0;
  text($("no-requests-text"), filtered ? "No request of those that are kept fits the filter." : "No request yet. Point a program here and it appears:");
  $("exports").hidden = filtered || !$("exports").textContent;
  const held = waiting.filter((event) => event.kind === "request").length;
  $("held").hidden = !paused;
  text($("held"), `Paused. ${plural(held, "request")} came since.`);
  if (!current?.isConnected || current.closest("[hidden]")) move(visible.find(({ button }) => button)?.button ?? null);
}

/** Make a button of the list the one that Tab reaches. */
function move(button, focus = false) {
  if (current) current.tabIndex = -1;
  current = button;
  if (!button) return;
  button.tabIndex = 0;
  if (focus) button.focus();
}

feed.addEventListener("keydown", (press) => {
  if (!press.target.classList.contains("line") || press.altKey || press.ctrlKey || press.metaKey) return;
  const all = [...feed.querySelectorAll("li:not([hidden]) > .line")];
  const place = all.indexOf(press.target);
  const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 }[press.key];
  if (next === undefined) return;
  press.preventDefault();
  if (all[next]) move(all[next], true);
});

for (const id of ["only", "find"]) {
  $(id).addEventListener("input", () => {
    for (const line of lines.values()) line.li.hidden = !fits(line);
    settleFeed();
  });
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  waiting.forEach(show);
  waiting = [];
  settleFeed();
});

$("clear").addEventListener("click", (press) => act(press.currentTarget, "DELETE", "/_sandbox/ledger", {}, "The ledger was cleared."));

function forget() {
  for (const { li } of lines.values()) li.remove();
  lines.clear();
  waiting = [];
  soon(settleFeed);
}

// Lists of things that someone can act on

/**
 * Bring a list up to date in place, as far as a person would read it: elements stay, so that focus, selection and open details stay with them.
 * Where the focused button went away, its item gets the focus, or the section: never the next item's button, which the
 * next press would then hit.
 */
function reconcile(list, all, total, idOf, make) {
  const things = all.slice(0, MOST_ITEMS);
  const rest = list.parentElement.querySelector(".rest");
  text(rest, total > things.length ? `and ${(total - things.length).toLocaleString("en")} more` : "");
  const focused = document.activeElement;
  const home = list.contains(focused) ? focused.closest(".items > li") : null;
  const known = new Map([...list.children].map((li) => [li.dataset.id, li]));
  let after = null;
  for (const thing of things) {
    const id = idOf(thing);
    let li = known.get(id);
    known.delete(id);
    if (!li) {
      li = el("li", { tabIndex: -1 });
      li.dataset.id = id;
      li.update = make(li);
    }
    li.update(thing);
    const place = after ? after.nextSibling : list.firstChild;
    if (place !== li) list.insertBefore(li, place);
    after = li;
  }
  for (const li of known.values()) li.remove();
  if (home && (!focused.isConnected || focused.closest("[hidden]") || focused.disabled)) (home.isConnected ? home : list.closest("section")).focus();
  else if (home && document.activeElement !== focused) focused.focus(); // it was moved, which lets go of it
}

function count(name, number, hot) {
  const badge = document.querySelector(`[data-count="${name}"]`);
  text(badge, number.toLocaleString("en"));
  badge.hidden = !number;
  badge.classList.toggle("hot", Boolean(hot));
}

/** An item's common shape: a title with a badge, notes, JSON to unfold, and buttons. */
function item(li, open = false) {
  const title = el("b");
  const badge = el("span", { className: "badge" });
  const words = el("p", { className: "note" });
  const body = el("pre", { tabIndex: 0, role: "region" });
  const summary = el("summary");
  const fold = el("details", { open }, summary, body);
  const buttons = el("div", { className: "row" });
  li.append(el("div", { className: "title" }, title, badge), words, fold, buttons);
  return {
    buttons,
    fold,
    put(name, state, kind, notes, unfolded, value) {
      text(title, name);
      text(badge, state);
      badge.className = `badge ${kind}`;
      text(words, notes.filter(Boolean).map((one) => short(one)).join(" · "));
      text(summary, unfolded);
      label(body, `${unfolded} of ${name}`);
      text(body, pretty(value));
      label(li, `${name}, ${state}`);
      buttons.hidden = [...buttons.children].every((button) => button.hidden);
    },
    button(words, className, press) {
      const made = el("button", { type: "button", textContent: words, className });
      made.addEventListener("click", () => press(made));
      buttons.append(made);
      return made;
    },
    /** Say on a button what it is for, where a screen reader lists buttons. */
    name(button, what) { label(button, `${button.textContent}: ${short(what)}`); },
  };
}

const APPROVAL_KINDS = { pending: "live", approved: "good", rejected: "bad", expired: "warn" };
let pendingBefore = null;

async function showApprovals() {
  const { approvals, pending, total } = await ask("GET", "/_sandbox/approvals");
  reconcile($("approvals-list"), approvals, total, (one) => one.approval_id, (li) => {
    let approval;
    const shape = item(li);
    const decide = (deed, done) => (button) =>
      act(button, "POST", `/_sandbox/approvals/${encodeURIComponent(approval.approval_id)}/${deed}`, {}, `${approval.tool_key} ${done}.`);
    const approve = shape.button("Approve", "main", decide("approve", "was approved"));
    const reject = shape.button("Reject", "", decide("reject", "was rejected"));
    return (now) => {
      if (approval?.state !== now.state) shape.fold.open = now.state === "pending"; // what is decided needs no look
      approval = now;
      approve.hidden = reject.hidden = now.state !== "pending";
      shape.name(approve, `${now.tool_key}, ${now.idempotency_key ?? now.approval_id}`);
      shape.name(reject, `${now.tool_key}, ${now.idempotency_key ?? now.approval_id}`);
      shape.put(now.tool_key, now.state, APPROVAL_KINDS[now.state] ?? "",
        [now.idempotency_key ? `key ${now.idempotency_key}` : now.approval_id, now.state === "pending" && now.expires_at ? `expires ${time(now.expires_at, true)}` : ""],
        "Input", now.input);
    };
  });
  count("approvals", pending, true);
  document.title = pending ? `(${pending.toLocaleString("en")}) reknit sandbox` : "reknit sandbox";
  if (pendingBefore !== null && pending > pendingBefore) say(`${plural(pending, "call waits", "calls wait")} for an approval.`);
  pendingBefore = pending;
}

const TASK_KINDS = { pending: "live", completed: "good", canceled: "", error: "bad" };

async function showTasks() {
  const { tasks, pending, total } = await ask("GET", "/_sandbox/tasks");
  reconcile($("tasks-list"), tasks, total, (one) => one.task_id, (li) => {
    let task;
    const shape = item(li);
    const deed = (name, done) => (button) => act(button, "POST", `/_sandbox/tasks/${encodeURIComponent(task.task_id)}/${name}`, {}, `Task ${task.task_id} ${done}.`);
    const complete = shape.button("Complete", "main", deed("complete", "was completed"));
    const fail = shape.button("Fail", "", deed("fail", "failed"));
    const resend = shape.button("Resend callback", "", deed("resend-callback", "gets its callback again"));
    return (now) => {
      task = now;
      complete.hidden = fail.hidden = now.status !== "pending";
      resend.hidden = now.status === "pending" || !now.callback_url;
      for (const button of [complete, fail, resend]) shape.name(button, now.unique_id ?? now.task_id);
      const came = { true: "callback arrived", false: "callback failed" }[String(now.callback_succeeded)];
      shape.put(now.type ?? "task", now.status, TASK_KINDS[now.status] ?? "",
        [now.unique_id ?? now.task_id, now.project, came ?? (now.callback_url ? "" : "no callback address")], "Task", now);
    };
  });
  count("tasks", pending, false);
}

async function showSessions() {
  const { sessions, total } = await ask("GET", "/_sandbox/sessions");
  reconcile($("sessions-list"), sessions, total, (one) => one.session_id, (li) => {
    let session;
    const shape = item(li);
    const deed = (name, done) => (button) => act(button, "POST", `/_sandbox/sessions/${encodeURIComponent(session.session_id)}/${name}`, {}, `Session ${session.session_id} ${done}.`);
    const ready = shape.button("Make ready", "main", deed("ready", "is ready"));
    const fail = shape.button("Fail", "", deed("fail", "failed"));
    return (now) => {
      session = now;
      ready.hidden = fail.hidden = now.ready || Boolean(now.error);
      shape.name(ready, now.session_id);
      shape.name(fail, now.session_id);
      const users = now.session_users ?? [];
      shape.put(now.session_id, (now.status ?? "").toLowerCase(), now.error ? "bad" : now.ready ? "good" : "live",
        [plural(users.length, "user"), now.error], "Session", now);
    };
  });
  count("sessions", total, false);
}

// Faults

let kinds = [];
let operations = {};

async function showFaults() {
  const told = await ask("GET", "/_sandbox/faults");
  reconcile($("faults-list"), told.faults, told.faults.length, (one) => one.id, (li) => {
    let fault;
    const onOff = el("button", { type: "button", className: "switch", role: "switch" });
    const title = el("b");
    const words = el("p", { className: "note" });
    const remove = el("button", { type: "button", className: "quiet", textContent: "Remove" });
    li.append(el("div", { className: "fault" }, onOff, el("div", {}, el("div", { className: "title" }, title), words), remove));
    onOff.addEventListener("click", () => act(onOff, "POST", `/_sandbox/faults/${encodeURIComponent(fault.id)}`, { enabled: !fault.enabled }));
    remove.addEventListener("click", () => act(remove, "DELETE", `/_sandbox/faults/${encodeURIComponent(fault.id)}`, {}, "The fault was removed."));
    return (now) => {
      fault = now;
      const { kind, ...options } = now.fault;
      const where = [now.api ? (NAMES[now.api] ?? now.api) : "any API", now.operation].filter(Boolean).join(" ");
      text(title, kind);
      const left = now.times === null ? "every time" : `${now.times} more`;
      text(words, [where, ...Object.entries(options).filter(([, value]) => isSaid(value)).map(([name, value]) => `${name} ${shown(value)}`), left, now.hits ? `came ${plural(now.hits, "time")}` : ""].filter(Boolean).join(" · "));
      onOff.setAttribute("aria-checked", String(now.enabled));
      label(onOff, `${kind}, ${where}`);
      label(remove, `Remove ${kind}, ${where}`);
      label(li, `${kind}, ${where}`);
      li.classList.toggle("off", !now.enabled);
    };
  });
  count("faults", told.faults.filter((one) => one.enabled).length, false);
  operations = told.operations;
  if (JSON.stringify(kinds) !== JSON.stringify(told.kinds)) {
    kinds = told.kinds;
    choices($("kind"), kinds.map(({ kind }) => [kind, kind]), $("kind").value || "reset");
    showOptions();
  }
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const isSaid = (value) => value !== null && value !== false && shown(value) !== "{}" && shown(value) !== "[]" && value !== "";

function showOptions() {
  const kind = kinds.find((one) => one.kind === $("kind").value);
  if (!kind) return;
  text($("kind-about"), kind.summary.replaceAll("`", ""));
  const apis = kind.kind === "refuse" ? [] : CALLBACK_KINDS.has(kind.kind) ? CALLBACK_APIS : Object.keys(operations);
  choices($("fault-api"), [["", "Any"], ...apis.map((api) => [api, NAMES[api] ?? api])]);
  $("fault-api").disabled = !apis.length;
  showOperations();
  $("options").replaceChildren(...Object.entries(kind.options).map(([name, value]) => {
    const id = `option-${name}`;
    let input;
    if (CHOICES[name]) {
      input = el("select", { id });
      choices(input, CHOICES[name].map((one) => [one, one]), value);
    } else if (typeof value === "boolean") {
      input = el("input", { id, type: "checkbox", checked: value });
    } else {
      input = el("input", { id, autocomplete: "off", spellcheck: false, value: value === null ? "" : Array.isArray(value) ? value.join(",") : shown(value) });
    }
    input.dataset.option = name;
    return el("div", { className: "field" }, el("label", { htmlFor: id, textContent: name.replaceAll("_", " ") }), input);
  }));
}

function showOperations() {
  const hasNone = $("fault-api").disabled || !$("fault-api").value || CALLBACK_KINDS.has($("kind").value);
  const names = hasNone ? [] : (operations[$("fault-api").value] ?? []);
  choices($("fault-operation"), [["", "Any"], ...names.map((name) => [name, name])]);
  $("fault-operation").disabled = !names.length;
}

/** Read an option as what its default is: a number, a list, JSON, or text; null where it was left empty. */
function optionValue(input, standard) {
  if (input.type === "checkbox") return input.checked;
  const value = input.value.trim();
  if (Array.isArray(standard)) return value ? value.split(",").map((part) => part.trim()) : [];
  if (!value) return standard === null ? null : undefined;
  if (typeof standard === "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

$("kind").addEventListener("change", showOptions);
$("fault-api").addEventListener("change", showOperations);
$("fault-form").addEventListener("submit", async (press) => {
  press.preventDefault();
  const kind = kinds.find((one) => one.kind === $("kind").value);
  const fault = { kind: kind.kind };
  for (const input of $("options").querySelectorAll("[data-option]")) {
    const value = optionValue(input, kind.options[input.dataset.option]);
    if (value !== undefined) fault[input.dataset.option] = value;
  }
  const typed = $("times").value.trim();
  const times = typed === "" ? null : /^\d{1,9}$/.test(typed) ? Number(typed) : typed;
  try {
    await ask("POST", "/_sandbox/faults", { api: $("fault-api").value || null, operation: $("fault-operation").value || null, fault, times });
    text($("fault-wrong"), "");
    say(`The fault ${kind.kind} was added.`);
  } catch (error) {
    text($("fault-wrong"), error.message);
  }
});

// The clock

function showClock(clock) {
  const now = $("now");
  text(now, time(clock.now, true));
  now.dateTime = clock.iso;
}

function advance(button, seconds, words) {
  return act(button, "POST", "/_sandbox/clock/advance", { seconds }, `The clock advanced by ${words}.`);
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => advance(button, Number(button.dataset.advance), button.textContent.slice(1)));
}
$("clock-form").addEventListener("submit", (press) => {
  press.preventDefault();
  const typed = $("seconds").value.trim();
  if (!typed || Number.isNaN(Number(typed))) complain("Give the seconds to advance by as a number.");
  else advance(press.currentTarget.querySelector("button"), Number(typed), `${typed} seconds`);
});

// Keeping up

async function showState() {
  const state = await ask("GET", "/_sandbox/state");
  text($("total"), state.request_count ? `${plural(state.request_count, "request")}, ${plural(state.effect_count, "effect")}` : "");
  text($("exports"), Object.entries(state.base_urls).map(([api, url]) => `export ${api.toUpperCase()}_BASE_URL=${url}`).join("\n"));
  showClock(state);
  const broken = state.violations;
  $("violations").hidden = !broken.length;
  text($("violations-text"), broken.length ? `A bug of reknit: the sandbox broke the contract of an API in ${plural(broken.length, "answer")}. ${short(broken.at(-1), 400)}` : "");
  settleFeed();
}

const PARTS = { rezolve: showApprovals, refonte: showTasks, relays: showSessions, faults: showFaults, state: showState };
const due = new Set();
const later = new Set();
let timer = 0;

/** Do something a moment from now, once, however often it is asked for until then. */
function soon(what) {
  later.add(what);
  timer ||= setTimeout(async () => {
    timer = 0;
    const now = [...later];
    later.clear();
    for (const one of now) one();
  }, 60);
}

let refreshing = false;
async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    while (due.size) {
      const names = [...due];
      due.clear();
      await Promise.all(names.map((name) => PARTS[name]()));
      await new Promise((next) => setTimeout(next, 100)); // in a storm, look again ten times a second and no more
    }
  } catch (error) {
    if (link === "live") complain(error.message);
  } finally {
    refreshing = false;
  }
}

function look(...names) {
  for (const name of names) if (PARTS[name]) due.add(name);
  soon(refresh);
}

function told(event) {
  const { kind, entry } = event;
  newest = event.id;
  if (kind === "change") {
    if (entry.name === "ledger") forget();
    if (entry.name === "clock") look(...Object.keys(PARTS));
    look(entry.name, "state");
  } else {
    // Reads of an API change things too: an approval expires, a session becomes ready when it is polled.
    arrive(event);
    look(entry.api, "state");
    if (entry.fault) look("faults");
  }
}

let link = "waiting";
let lastBeat = 0;
let source = null;
let again = 0;

let asleep = false; // no stream, because nobody looks
let newest = 0; // the id of the last event that came

function setLink(state) {
  if (state === link) return;
  const was = link;
  link = state;
  $("link").dataset.state = state;
  text($("link-text"), { waiting: "Connecting", live: "Live", lost: "Connection lost" }[state]);
  $("lost").hidden = state !== "lost";
  complain(""); // of a connection that is lost, one message says enough
  if (state === "live") {
    if (was === "lost") say("Connected again.");
    look(...Object.keys(PARTS));
  } else if (state === "lost") {
    text($("lost-text"), "The sandbox cannot be reached. What is shown is from before; trying again.");
    $("reload").hidden = true;
  }
}

function listen() {
  source?.close();
  asleep = false;
  pages.postMessage("listening");
  source = new EventSource(`/_sandbox/events?token=${encodeURIComponent(TOKEN)}&after=${newest}`);
  source.addEventListener("open", () => { lastBeat = Date.now(); setLink("live"); });
  source.addEventListener("error", failed);
  source.addEventListener("beat", (message) => { lastBeat = Date.now(); showClock(JSON.parse(message.data)); });
  source.addEventListener("gap", (message) => gap(JSON.parse(message.data).missed));
  for (const kind of ["request", "effect", "change"]) source.addEventListener(kind, (message) => told(JSON.parse(message.data)));
}

/**
 * A browser has six connections to a server, and a stream keeps one: with six tabs open no button would work. So a page
 * that nobody sees lets its stream go when another page of this sandbox begins to listen, and goes on when it is seen.
 */
const pages = new BroadcastChannel("reknit-sandbox");
pages.addEventListener("message", () => {
  if (!document.hidden || asleep) return;
  asleep = true;
  clearTimeout(again);
  source?.close();
  setLink("waiting");
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && asleep) listen();
});

function gap(missed) {
  const id = `gap ${Date.now()} ${lines.size}`;
  const li = el("li", { className: "gap", textContent: `${plural(missed, "event")} came faster than the page reads, or were dropped since.` });
  lines.set(id, { li, event: { kind: "gap" }, button: null });
  feed.prepend(li);
}

/** A browser tries again by itself, unless it was refused: then by another sandbox, which has another token. */
async function failed() {
  if (asleep) return;
  setLink("lost");
  if (source.readyState !== EventSource.CLOSED) return;
  clearTimeout(again);
  try {
    await ask("GET", "/_sandbox/state");
    const answer = await fetch("/_sandbox/events/0", { headers: { "X-Sandbox-Token": TOKEN } });
    if (answer.status === 403) {
      text($("lost-text"), "The sandbox was started anew. What is shown is of the one before.");
      $("reload").hidden = false;
      return;
    }
  } catch {
    // not there yet
  }
  if (!asleep) again = setTimeout(listen, 2000);
}

setInterval(() => {
  if (link === "live" && Date.now() - lastBeat > 8000) {
    setLink("lost");
    listen();
  }
}, 2000);

$("reload").addEventListener("click", () => location.reload());
$("problem-close").addEventListener("click", () => complain(""));
listen();
