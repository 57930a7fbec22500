// Shows on an open page what others change. The server only says which ticket changed; the page is then fetched as for
// any other visit, and its changed parts take the place of those shown. Where somebody is typing or has ticked something,
// a line says so instead, and nothing moves. What is said comes from comparing the two pages: that something happened does
// not mean that this page is without it. Without this script the page shows what it is when it is loaded.
const LIVE = ["ticket-head", "ticket-meta", "activity", "board"];
// Parts that stay as they are; of the files only the list, since the form beside it changes while files are chosen.
const TOLD = ["#ticket-description", "#attached > .file-list"];
// Something is being moved or fetched: what comes of it is looked at then.
const HELD = "[aria-busy=true], .is-dragged";
const POLL = 60000;

const root = document.querySelector("[data-live]");
const own = root?.dataset.live ?? "";
const address = root?.dataset.liveFrom;
// A list is in an order of its own: rows that jump would be worse than a line that says so.
const isList = root?.dataset.liveNotice !== undefined;
const AGAIN = isList ? 5000 : 500;

let source = null;
let timer = 0;
let pending = null;
let fetching = false;
let last = "";

const said = document.createElement("div");
said.setAttribute("role", "status");
document.getElementById("main")?.prepend(said);

/** Says what happened, with a link that shows it. */
function notice(words) {
  const box = document.createElement("div");
  box.className = "notice page__notice";
  const text = document.createElement("p");
  text.className = "notice__title";
  text.textContent = `${words} `;
  const link = document.createElement("a");
  link.href = location.pathname + location.search;
  link.textContent = "Show";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });
  text.append(link);
  box.append(text);
  said.replaceChildren(box);
}

function words(change) {
  // It was not told, and found by looking.
  if (!change.kind) return "This changed.";
  const who = change.own ? "You" : (change.by ?? "Somebody");
  return own === "" && change.ticket ? `${who} changed ${change.ticket}.` : `${who} changed this.`;
}

/** Whether replacing this part would take something from under somebody's hands. */
function isInUse(part) {
  const active = document.activeElement;
  if (active && active !== document.body && part.contains(active)) return true;
  if (part.querySelector(`${HELD}, [popover]:popover-open, details[open] form, [data-draft-edit=typed]`)) return true;
  return [...part.querySelectorAll("input, textarea, select")].some((field) => {
    if (field.type === "hidden") return false;
    if (field instanceof HTMLSelectElement) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;
  });
}

/** What a part says, for telling whether it changed: without what passes by itself, such as "4 min ago". */
function sense(part) {
  const copy = part.cloneNode(true);
  for (const notice of copy.querySelectorAll(".draft-notice")) notice.remove();
  for (const time of copy.querySelectorAll("time")) time.textContent = "";
  return copy.innerHTML;
}

/** The same of a part that is only told of: the versions in its forms are no change that anybody sees. */
function visible(part) {
  if (!part) return "";
  const copy = part.cloneNode(true);
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
  return sense(copy);
}

function told(page) {
  // Of a list its rows alone: list.js adds a box to the head.
  const parts = isList ? ["[data-live] tbody"] : TOLD;
  return parts.map((part) => [part, page.querySelector(part)]);
}

// What the server last said of each part that stands here, whatever forms were opened in it since.
const known = new Map();
if (root) {
  for (const id of LIVE) {
    const part = document.getElementById(id);
    if (part) known.set(id, sense(part));
  }
  for (const [name, part] of told(document)) known.set(name, visible(part));
}

/** Whether a part that is only told of is no longer as it is shown. */
function isOutdated([name, fresh]) {
  const old = document.querySelector(name);
  // A form that was sent back is not what the address shows; sending it tells of conflicts.
  if (old?.querySelector("[data-draft-edit=typed]")) return false;
  const now = visible(fresh);
  if (now !== visible(old)) return now !== known.get(name);
  known.set(name, now);
  return false;
}

/** Looks again in a moment; what others did goes before what one did oneself. */
function wait(change) {
  if (!pending || !change.own) pending = change;
}

function again() {
  if (!pending) return;
  setTimeout(() => {
    const next = pending;
    pending = null;
    if (next) refresh(next);
  }, AGAIN);
}

async function refresh(change) {
  // A list that was said to be outdated stays so until it is loaded.
  if (isList && said.firstChild) return;
  if (fetching) {
    wait(change);
    return;
  }
  if (document.querySelector(HELD)) {
    const isWaiting = pending !== null;
    wait(change);
    if (!isWaiting) again();
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
    // Signed out, or gone: the page itself says so when it is loaded.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    let isLeft = false;
    for (const id of LIVE) {
      const old = document.getElementById(id);
      const fresh = page.getElementById(id);
      if (!old || !fresh) continue;
      const now = sense(fresh);
      if (now !== sense(old)) {
        if (old.querySelector(HELD)) {
          wait(change);
          continue;
        }
        if (isInUse(old)) {
          isLeft ||= now !== known.get(id);
          continue;
        }
        old.replaceWith(document.adoptNode(fresh));
        document.dispatchEvent(new Event("renewed"));
      }
      known.set(id, now);
    }
    // Each is looked at: what is the same is noted.
    if (told(page).map(isOutdated).includes(true) || isLeft) notice(words(change));
    else said.replaceChildren();
  } catch {
    notice(change.kind ? words(change) : "This page may be out of date.");
  } finally {
    fetching = false;
    again();
  }
}

/** Where there are no server-sent events: asks now and then, and says only that something changed. */
async function poll() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    const now = fresh ? sense(fresh) : "";
    if (last !== "" && now !== "" && now !== last) notice("This changed.");
    last = now || last;
  } catch {
    // Away for now; it is tried again.
  }
}

function fall() {
  source?.close();
  source = null;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await poll();
    // It may have been but for a moment, as while a server is replaced.
    timer = 0;
    listen();
  }, POLL);
}

function listen() {
  if (document.hidden || source || timer) return;
  if (!("EventSource" in window)) {
    fall();
    return;
  }
  source = new EventSource(address);
  source.addEventListener("change", (event) => {
    refresh(JSON.parse(event.data));
  });
  source.addEventListener("reload", () => refresh({}));
  source.addEventListener("error", () => {
    // The browser tries again by itself, unless the server said no.
    if (source?.readyState === EventSource.CLOSED) fall();
  });
}

if (root && address) {
  listen();
  // A page that nobody looks at takes no connection.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!timer) {
      listen();
      refresh({});
    }
  });
}
