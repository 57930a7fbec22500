// Who signs out leaves no drafts in the browser, nor which tickets the list had last: the next one at this machine may be
// somebody else. What others typed here under accounts of their own stays theirs. draft.js and list.js keep it.
document.addEventListener("submit", (event) => {
  const account = event.target instanceof HTMLFormElement ? event.target.dataset.signOut : undefined;
  if (!account) return;
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`draft:${account}/`)) localStorage.removeItem(key);
    }
    sessionStorage.removeItem("list");
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
});
