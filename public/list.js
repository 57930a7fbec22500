// The list of tickets with the keyboard: j and k go through it, x selects. And a box that selects the whole page, with
// how many are selected. Without this script the boxes and links do all of it.
const rows = [...document.querySelectorAll(".ticket-row")];
const boxes = rows.map((row) => row.querySelector(".ticket-row__box")).filter(Boolean);
const count = document.querySelector("[data-bulk-count]");

// A ticket's page leads with the keyboard to the one after it and the one before it here.
const paths = rows.map((row) => row.querySelector(".ticket-row__link")?.pathname).filter(Boolean);
try {
  if (paths.length > 0) sessionStorage.setItem("list", JSON.stringify(paths));
} catch {
  // A browser that keeps nothing leads nowhere.
}

function tell() {
  const selected = boxes.filter((box) => box.checked).length;
  if (count) count.textContent = selected === 1 ? "1 ticket selected" : `${selected} tickets selected`;
  if (all) {
    all.checked = selected > 0 && selected === boxes.length;
    all.indeterminate = selected > 0 && selected < boxes.length;
  }
}

let all = null;
const head = document.querySelector("thead .ticket-row__check");
if (head && boxes.length > 0) {
  all = document.createElement("input");
  all.type = "checkbox";
  all.className = "ticket-row__box";
  all.setAttribute("aria-label", "Select all tickets of this page");
  head.append(all);
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
}
for (const box of boxes) box.addEventListener("change", tell);
// Browsers keep what was ticked when one comes back to the page.
addEventListener("pageshow", tell);

function current() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function go(place) {
  const row = rows[Math.max(0, Math.min(place, rows.length - 1))];
  row?.querySelector(".ticket-row__link")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target;
  if (target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (rows.length === 0 || document.querySelector("dialog[open]")) return;
  const place = current();
  if (event.key === "j") {
    go(place + 1);
  } else if (event.key === "k") {
    go(place < 0 ? 0 : place - 1);
  } else if (event.key === "x" && place >= 0) {
    const box = rows[place].querySelector(".ticket-row__box");
    if (!box) return;
    box.checked = !box.checked;
    tell();
  } else {
    return;
  }
  event.preventDefault();
});
