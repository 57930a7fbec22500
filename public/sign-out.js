// Who signs out leaves no drafts in the browser: the next one at this machine may be somebody else. What others typed here
// under accounts of their own stays theirs. draft.js keeps them.
document.addEventListener("submit", (event) => {
  const account = event.target instanceof HTMLFormElement ? event.target.dataset.signOut : undefined;
  if (!account) return;
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`draft:${account}/`)) localStorage.removeItem(key);
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
});
