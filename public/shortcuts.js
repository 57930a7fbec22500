// Keyboard shortcuts. What leads where stands in the overlay that the server rendered; the own keys of the list, a ticket
// and the board are in list.js, ticket.js and board.js. Off while somebody types, and with a modifier key, which browsers and screen readers
// have for themselves.
const overlay = document.getElementById("shortcuts");

/** Whether keys mean text or a choice here. */
function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

const leading = new Map();
for (const row of overlay?.querySelectorAll("[data-keys]") ?? []) leading.set(row.dataset.keys, row.dataset.address);

// The first key of two, for a second.
let first = "";
let timer = 0;

function search() {
  const field = document.getElementById("q") ?? document.getElementById("sidebar-search");
  if (!field) return false;
  // On a phone the sidebar's field is behind the menu.
  if (!field.checkVisibility()) document.getElementById("sidebar")?.showPopover();
  field.focus();
  field.select();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const keys = first ? `${first} ${event.key}` : event.key;
  clearTimeout(timer);
  first = "";
  if (keys === "?" && overlay) {
    overlay.showModal();
  } else if (keys === "/") {
    if (!search()) return;
  } else if (leading.has(keys)) {
    location.assign(leading.get(keys));
  } else {
    if ([...leading.keys()].some((known) => known.startsWith(`${event.key} `))) {
      first = event.key;
      timer = setTimeout(() => {
        first = "";
      }, 1000);
    }
    return;
  }
  event.preventDefault();
});

// A click beside the overlay closes it.
overlay?.addEventListener("click", (event) => {
  if (event.target === overlay) overlay.close();
});
