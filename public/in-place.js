// Opens the form behind an edit link in its place, without leaving the page: the page that the link leads to is fetched,
// and the one part is taken from it. Without JavaScript the link leads there.
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-in-place]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const id = link.dataset.inPlace;
  const old = document.getElementById(id);
  if (!old) return;
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { credentials: "same-origin", headers: { accept: "text/html" } });
    // Signed out, or gone: the page itself says so.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById(id);
    if (!part) throw new Error(id);
    const here = document.adoptNode(part);
    old.replaceWith(here);
    // For draft.js, which brings back what was typed.
    document.dispatchEvent(new Event("renewed"));
    const field = here.querySelector("input:not([type=hidden]), select, textarea");
    // After cancelling, the link that opened the form.
    (field ?? here.querySelector("a[data-in-place]"))?.focus();
    if (field instanceof HTMLInputElement && field.type === "text") field.select();
  } catch {
    location.assign(link.href);
    // With a fragment of the page that is open, browsers would only scroll.
    if (new URL(link.href).pathname + new URL(link.href).search === location.pathname + location.search) location.reload();
  }
});
