// What the pages can do without and are better with: they refresh themselves and say when they cannot, ask before what
// cannot be undone, and know a palette of places. Everything that is sent is a form of the page.

const body = document.body;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

// --- Refresh: the page is read again, and what has changed of its `data-fresh` parts is put in place. ---

let isReading = false;
let isStale = false;
let isPressed = false;
let isPaused = false; // by hand

// What is being asked about, or pressed, must not be taken away.
const isHeld = () => isPaused || document.hidden || isPressed || document.querySelector("dialog[open]") !== null;
const catchUp = () => { if (isStale && !isHeld()) refresh(); };

function isInUse(part) {
  const focused = document.activeElement;
  const isWritten = part.contains(focused) && focused.matches("input:not([type=checkbox]), select, textarea");
  const selection = getSelection();
  return isWritten || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
}

function addressOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const path = element.getAttribute("href") || element.getAttribute("value") || element.closest("form")?.getAttribute("action");
  return path ? `${element.localName}[href="${CSS.escape(path)}"], ${element.localName}[value="${CSS.escape(path)}"], form[action="${CSS.escape(path)}"] ${element.localName}` : null;
}

function replace(old, fresh) {
  if (old.innerHTML === fresh.innerHTML || isInUse(old)) return;
  const marked = new Set(all("input[name=id]:checked", old).map((box) => box.value));
  const open = all("details", old).map((each) => each.open);
  const focused = old.contains(document.activeElement) ? addressOf(document.activeElement) : null;
  const scrolled = all(".table, .scroll, pre", old).map((each) => [each.scrollLeft, each.scrollTop]);
  old.replaceChildren(...fresh.childNodes);
  for (const box of all("input[name=id]", old)) box.checked = marked.has(box.value);
  const details = all("details", old);
  if (details.length === open.length) details.forEach((each, index) => { each.open = open[index]; });
  all(".table, .scroll, pre", old).forEach((each, index) => scrolled[index] && each.scrollTo(...scrolled[index]));
  if (focused) old.querySelector(focused)?.focus();
  dress(old);
}

async function refresh() {
  if (isHeld() || isReading) { isStale = true; return; }
  isReading = true;
  isStale = false;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (response.type === "opaqueredirect") { location.reload(); return; }
    tellWhy(response.status);
    if (!response.ok) return;
    const text = await response.text();
    if (isHeld()) { isStale = true; return; }
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of all("[data-fresh]")) {
      const other = fresh.getElementById(part.id);
      if (other) { replace(part, other); part.dataset.again = other.dataset.again ?? ""; }
    }
  } catch {
    tellWhy(0); // the API is away; the stream of events comes back by itself, and so do we
  } finally {
    isReading = false;
    catchUp();
  }
}

// Why what is shown is no longer how it stands.
function tellWhy(status) {
  const reasons = { 0: "The service does not answer.", 404: "This is gone: it has expired, or somebody has deleted it.", 503: "The store is away." };
  const stale = byId("stale");
  stale.hidden = status >= 200 && status < 300;
  if (stale.hidden) return;
  const reason = reasons[status] ?? `The service answers with the status ${status}.`;
  const text = `${reason} You see how it was. ${status === 404 ? "" : "This page tries again by itself."}`;
  if (stale.lastElementChild.textContent !== text) stale.lastElementChild.textContent = text;
}

function follow(address) {
  const source = new EventSource(address);
  const pulse = document.querySelector(".pulse");
  pulse?.addEventListener("click", () => {
    isPaused = !isPaused;
    pulse.setAttribute("aria-pressed", String(!isPaused));
    pulse.textContent = isPaused ? "paused" : "live";
    if (!isPaused) refresh();
  });
  source.onopen = () => { if (pulse) pulse.hidden = false; refresh(); }; // what came between page and stream
  source.onerror = () => { if (pulse) pulse.hidden = !isPaused; refresh(); };
  source.addEventListener("changed", refresh);
  for (const change of ["offline", "online"]) addEventListener(change, refresh);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

if (body.dataset.live) {
  follow(body.dataset.live);
  setInterval(refresh, 10000); // time goes on, and so do charts, where nothing happens
}
document.addEventListener("visibilitychange", catchUp);
document.addEventListener("close", () => setTimeout(catchUp), true); // once what was agreed to is on its way
document.addEventListener("pointerdown", () => { isPressed = true; });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { isPressed = false; setTimeout(catchUp); });
setInterval(() => { if (all("[data-fresh][data-again='1']").length) refresh(); }, 2000);

// --- Times go on between two looks. ---

const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
const server = Date.now() - Number(body.dataset.now || Date.now());

function tell(time) {
  const seconds = Math.round((Date.now() - server - Date.parse(time.dateTime)) / 1000);
  const size = Math.abs(seconds);
  const [unit, length] = units.find(([, each]) => size >= each) ?? ["s", 1];
  const count = `${Math.floor(size / length)} ${unit}`;
  const text = size < 1 ? "now" : seconds > 0 ? `${count} ago` : `in ${count}`;
  if (time.textContent !== text) time.textContent = text;
}

setInterval(() => { if (!document.hidden) all("time[datetime]").forEach(tell); }, 1000);

// --- Forms: ask first, mark all, send when chosen, upload. ---

function countMarked() {
  const marked = all("#act input[name=id]:checked").length;
  const told = byId("marked");
  if (told) told.textContent = marked ? `${marked} marked` : "";
}

function dress(part) {
  for (const button of all(".copy", part)) button.hidden = false;
  for (const field of all(".upload", part)) field.hidden = false;
  const every = part.querySelector("#mark-all");
  if (every) every.hidden = false;
  countMarked();
}

let lastMarked = null;

// With Shift, all between the last one and this.
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("#act input[name=id]")) return;
  const boxes = all("#act input[name=id]");
  const [from, to] = [boxes.findIndex((each) => each.value === lastMarked), boxes.indexOf(box)];
  if (event.shiftKey && from >= 0) for (const each of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
  lastMarked = box.value;
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.id === "mark-all") for (const box of all("#act input[name=id]")) box.checked = field.checked;
  if (field.matches("#act input[type=checkbox]")) setTimeout(countMarked); // once those between are marked, too
  const form = field.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
  if (field.matches(".upload") && field.files.length) upload(field);
});

async function upload(field) {
  const into = byId(field.dataset.into);
  into.value = "";
  into.placeholder = `Uploading ${field.files[0].name} …`;
  try {
    const headers = { Accept: "application/json", "Content-Type": "application/octet-stream" };
    const response = await fetch("/files", { method: "POST", body: field.files[0], headers });
    const answer = await response.json();
    into.value = answer.fileId ?? "";
    into.placeholder = answer.detail ?? "";
  } catch {
    into.placeholder = "It did not arrive. Choose it again.";
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const sure = byId("sure");
  const chosen = form.elements.scope?.value === "marked" && form.querySelector("option:checked[data-sure]");
  const question = form.dataset.sure ?? (chosen ? chosen.dataset.sure : null); // of all that fit, a page asks
  if (!question || form.dataset.isSure || !sure) return;
  event.preventDefault();
  sure.querySelector("p").textContent = question;
  sure.onclose = () => {
    if (sure.returnValue === "yes") { form.dataset.isSure = "1"; form.requestSubmit(); }
  };
  sure.returnValue = "";
  sure.showModal();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.lastChild;
  const before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = before; }, 1500);
});

// --- The palette: Ctrl-K (or /), arrows, Enter. ---

const palette = byId("palette");
if (palette) furnish(palette, byId("palette-text"), byId("palette-list"));

function furnish(dialog, text, list) {
  const places = all("li", list);
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  let chosen = 0;

  const shown = () => places.filter((place) => !place.hidden);
  const choose = (index) => {
    const found = shown();
    chosen = found.length ? (index + found.length) % found.length : 0;
    places.forEach((place) => place.setAttribute("aria-selected", String(place === found[chosen])));
    found[chosen]?.scrollIntoView({ block: "nearest" });
    if (found[chosen]) text.setAttribute("aria-activedescendant", found[chosen].id);
  };
  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    for (const place of places) place.hidden = !place.textContent.toLowerCase().includes(wanted);
    byId("palette-none").hidden = id.test(wanted) || shown().length > 0;
    choose(0);
  };
  const go = () => {
    const wanted = text.value.trim().toLowerCase();
    const place = id.test(wanted) ? `/jobs/${wanted}` : shown()[chosen]?.dataset.href;
    if (place) location.href = place;
  };
  const open = () => { text.value = ""; filter(); dialog.showModal(); };

  byId("palette-open").hidden = false;
  byId("palette-open").addEventListener("click", open);
  text.addEventListener("input", filter);
  list.addEventListener("click", (event) => { chosen = shown().indexOf(event.target.closest("li")); go(); });
  text.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(chosen + (event.key === "ArrowDown" ? 1 : -1)); }
    if (event.key === "Enter") { event.preventDefault(); go(); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input, textarea, select");
    const isAsked = (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping);
    if (isAsked && !dialog.open) { event.preventDefault(); open(); }
  });
}

dress(document);
