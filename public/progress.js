// Shows how far an import is, while a server works on it: the page is fetched every two seconds as for any other visit, and
// its part takes the place of the one shown, until nothing is being worked on any more. Without this script a link of the
// page does the same by hand.
const EVERY = 2000;
// How often the numbers are read out. That it came to an end is said at once.
const SAY_EVERY = 20000;

const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

let timer = 0;
let fetching = false;
let saidAt = Date.now();

function part() {
  return document.getElementById("import");
}

function isBusy() {
  return part()?.dataset.progress !== undefined;
}

function text(root, id) {
  return root.querySelector(`#${id}`)?.textContent.trim() ?? "";
}

/** The link that does it by hand is there only where this script gave up. */
function byHand(isNeeded) {
  const link = part()?.querySelector("[data-by-hand]");
  if (link) link.hidden = !isNeeded;
}

/** What does the same in the new part as the element that has the focus in the old one. */
function counterpart(old, fresh) {
  const active = document.activeElement;
  if (!active || !old.contains(active)) return null;
  const alike = (one) => (active.localName === "button" ? one.value === active.value : one.href === active.href);
  return [...fresh.querySelectorAll(active.localName)].find(alike) ?? fresh.querySelector("#state-title");
}

function show(fresh) {
  const old = part();
  const state = text(old, "state-title");
  const next = counterpart(old, fresh);
  old.replaceWith(fresh);
  if (next) {
    // A heading takes the focus from a button that is gone.
    if (next.id === "state-title") next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }
  const now = text(fresh, "state-title");
  if (now !== state || Date.now() - saidAt >= SAY_EVERY) {
    said.textContent = `${now}. ${text(fresh, "state-words")}`;
    saidAt = Date.now();
  }
}

async function look() {
  if (fetching || !isBusy()) return;
  fetching = true;
  let goesOn = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("import");
      if (fresh) show(document.adoptNode(fresh));
      else goesOn = false;
    } else if (answer.redirected || (answer.status < 500 && answer.status !== 429)) {
      // Signed out, or gone: the page itself says so when it is loaded.
      goesOn = false;
    }
  } catch {
    // Away for now; it is tried again.
  } finally {
    fetching = false;
  }
  byHand(!goesOn);
  if (goesOn) wait();
}

function wait() {
  clearTimeout(timer);
  timer = 0;
  // A page that nobody looks at asks for nothing.
  if (isBusy() && !document.hidden) timer = setTimeout(look, EVERY);
}

if (isBusy()) {
  byHand(false);
  wait();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else look();
  });
}
