// Shows on an open page what others change. The server only says which ticket changed; the page is then fetched as for
// any other visit, and its changed parts take the place of those shown. Where somebody is typing or has ticked something,
// a line says so instead, and nothing moves. Without this script the page shows what it is when it is loaded.
const LIVE = ["ticket-head", "ticket-meta", "activity", "board"];
const POLL = 60000;

const root = document.querySelector("[data-live]");
const own = root?.dataset.live ?? "";
const address = root?.dataset.liveFrom;

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
  const who = change?.by ?? "Somebody";
  return own === "" && change?.ticket ? `${who} changed ${change.ticket}.` : `${who} changed this.`;
}

/** Whether replacing this part would take something from under somebody's hands. */
function isInUse(part) {
  const active = document.activeElement;
  if (active && active !== document.body && part.contains(active)) return true;
  if (part.querySelector("[aria-busy=true], [data-dragging], [popover]:popover-open, details[open] form")) return true;
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
  for (const time of copy.querySelectorAll("time")) time.textContent = "";
  return copy.innerHTML;
}

async function refresh(change) {
  if (fetching) {
    pending = change;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
    // Signed out, or gone: the page itself says so when it is loaded.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    let isLeft = false;
    let isFound = false;
    for (const id of LIVE) {
      const old = document.getElementById(id);
      const fresh = page.getElementById(id);
      if (!old || !fresh) continue;
      isFound = true;
      if (sense(old) === sense(fresh)) continue;
      if (isInUse(old)) isLeft = true;
      else old.replaceWith(document.adoptNode(fresh));
    }
    if (!change.own && (isLeft || !isFound || ["description", "attached", "detached"].includes(change.kind))) {
      notice(words(change));
    }
  } catch {
    notice(words(change));
  } finally {
    fetching = false;
    if (pending) {
      const next = pending;
      pending = null;
      setTimeout(() => refresh(next), 500);
    }
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
    const change = JSON.parse(event.data);
    // A list is in an order of its own: rows that jump would be worse than a line that says so.
    if (root.dataset.liveNotice !== undefined) {
      if (!change.own) notice(words(change));
    } else {
      refresh(change);
    }
  });
  source.addEventListener("reload", () => notice("This changed."));
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
      refresh({ own: true });
    }
  });
}
