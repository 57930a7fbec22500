// The page of a ticket with the keyboard: r answers, a takes the ticket, s goes to its status; j and k lead to the tickets
// after and before it on the page of the list that was open last in this tab, which list.js notes. Without this script the
// fields, the button and the list do all of it.
function beside(step) {
  try {
    const paths = JSON.parse(sessionStorage.getItem("list"));
    const place = Array.isArray(paths) ? paths.indexOf(location.pathname) : -1;
    const path = place < 0 ? undefined : paths[place + step];
    return typeof path === "string" ? path : undefined;
  } catch {
    return undefined;
  }
}

function focus(id) {
  const field = document.getElementById(id);
  field?.focus();
  field?.scrollIntoView({ block: "nearest" });
  return field !== null;
}

function lead(path) {
  if (path) location.assign(location.origin + path);
  return path !== undefined;
}

const keys = {
  r: () => focus("comment"),
  s: () => focus("status"),
  a: () => {
    const button = document.querySelector("[data-take]");
    button?.click();
    return button !== null;
  },
  j: () => lead(beside(1)),
  k: () => lead(beside(-1)),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target;
  if (target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  if (document.querySelector("dialog[open]") || !Object.hasOwn(keys, event.key)) return;
  if (keys[event.key]()) event.preventDefault();
});
