// The board: cards are dragged to another column, or moved with the arrow keys. Either presses the button that the card's
// menu has for it, so the server is asked the same as without this script; it answers with the board as it then is, which
// takes the place of the one shown. Where somebody was faster, that is the card back in its column, and why.
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

let busy = false;

function cards(column) {
  return [...column.querySelectorAll(".board__card")];
}

function columns() {
  return [...document.querySelectorAll(".board__column")];
}

function focus(id) {
  document.querySelector(`[data-card="${CSS.escape(id)}"] .board__link`)?.focus();
}

/** Moves a card to the column of a status. */
async function move(card, column) {
  const button = card.querySelector(`button[data-to="${column.dataset.status}"]`);
  const form = document.getElementById("move");
  if (busy || !button || !form) return;
  busy = true;
  const { card: id, name } = card.dataset;
  const hadFocus = card.contains(document.activeElement);
  const place = { column: card.parentElement, before: card.nextElementSibling };
  column.querySelector(".board__cards").prepend(card);
  if (hadFocus) focus(id);
  card.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const board = page.getElementById("board");
    if (!board) throw new Error("the answer is no board");
    document.getElementById("board").replaceWith(document.adoptNode(board));
    said.textContent = answer.ok ? `${name} moved to ${title(column.dataset.status)}` : "";
  } catch {
    place.column.insertBefore(card, place.before);
    card.removeAttribute("aria-busy");
    said.textContent = `${name} could not be moved. Try again, or load the page anew.`;
    notice(said.textContent);
  } finally {
    busy = false;
    if (hadFocus) focus(id);
  }
}

function title(status) {
  return document.querySelector(`#column-${status} .status`)?.textContent.trim() ?? status;
}

function notice(words) {
  const board = document.getElementById("board");
  board.querySelector("[data-failed]")?.remove();
  const box = document.createElement("div");
  box.className = "notice notice--warning page__notice";
  box.dataset.failed = "";
  const text = document.createElement("p");
  text.className = "notice__title";
  text.textContent = words;
  box.append(text);
  board.prepend(box);
}

// Dragging. The listeners are on the document: the board inside it is replaced.
let dragged = null;

function target(event) {
  const column = event.target instanceof Element ? event.target.closest(".board__column") : null;
  return dragged && column && !column.contains(dragged) ? column : null;
}

function mark(column) {
  for (const other of columns()) other.classList.toggle("is-target", other === column);
}

document.addEventListener("dragstart", (event) => {
  const card = event.target instanceof Element ? event.target.closest(".board__card[draggable]") : null;
  if (!card) return;
  dragged = card;
  card.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.name);
});

document.addEventListener("dragover", (event) => {
  const column = target(event);
  mark(column);
  if (!column) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
});

document.addEventListener("drop", (event) => {
  const column = target(event);
  if (!column) return;
  event.preventDefault();
  void move(dragged, column);
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  mark(null);
});

// The keyboard: arrows go from card to card, with Shift they take the card along.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || busy) return;
  const link = event.target instanceof Element ? event.target.closest(".board__link") : null;
  const card = link?.closest(".board__card");
  const column = card?.closest(".board__column");
  if (!column) return;
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (!step) return;
  event.preventDefault();
  // Where lines run from right to left, so do columns.
  const across = document.dir === "rtl" ? -step[0] : step[0];
  const all = columns();
  const place = all.indexOf(column);
  if (event.shiftKey) {
    const to = all[place + across];
    if (across !== 0 && to) void move(card, to);
    return;
  }
  const row = cards(column).indexOf(card);
  if (across === 0) {
    cards(column)[row + step[1]]?.querySelector(".board__link").focus();
    return;
  }
  // The next column that has cards.
  for (let next = place + across; all[next]; next += across) {
    const there = cards(all[next]);
    if (there.length === 0) continue;
    there[Math.min(row, there.length - 1)].querySelector(".board__link").focus();
    return;
  }
});

// One menu at a time, and Escape closes it.
document.addEventListener(
  "toggle",
  (event) => {
    if (!(event.target instanceof Element) || !event.target.matches(".board__move[open]")) return;
    for (const other of document.querySelectorAll(".board__move[open]")) if (other !== event.target) other.open = false;
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element ? event.target.closest(".board__move[open]") : null;
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
// The menu's buttons, without leaving the page.
document.addEventListener("submit", (event) => {
  const card = event.submitter?.closest(".board__card");
  const column = columns().find((one) => one.dataset.status === event.submitter?.dataset.to);
  if (!card || !column) return;
  event.preventDefault();
  void move(card, column);
});
