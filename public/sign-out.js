// Who signs out leaves no drafts in the browser, nor which tickets the list had last: the next one at this machine may be
// somebody else. Where a session ends by itself, what was typed waits for the one who typed it, until somebody else is in.
// draft.js and list.js keep it.
const base = document.documentElement.dataset.base ?? "";

function forget(isMeant) {
  try {
    const meant = Object.keys(localStorage).filter((key) => key.startsWith("draft:") && isMeant(key));
    for (const key of meant) localStorage.removeItem(key);
    return meant.length > 0;
  } catch {
    // A browser that keeps nothing has nothing to forget.
    return false;
  }
}

function forgetList() {
  try {
    sessionStorage.removeItem("list");
  } catch {
    // As above.
  }
}

// Where workspaces share a host, one is in each with an account of its own.
function isHere(key) {
  try {
    return (JSON.parse(localStorage.getItem(key)).base ?? "") === base;
  } catch {
    return true;
  }
}

const here = document.querySelector("form[data-sign-out]")?.dataset.signOut;
if (here && forget((key) => !key.startsWith(`draft:${here}/`) && isHere(key))) forgetList();

document.addEventListener("submit", (event) => {
  const account = event.target instanceof HTMLFormElement ? event.target.dataset.signOut : undefined;
  if (!account) return;
  forget((key) => key.startsWith(`draft:${account}/`));
  forgetList();
});
