// Shows what a text will look like in the place of its field, and the field again. Without JavaScript the button sends
// the form, and the page comes back with the preview and all that was typed. Forms may come later: hence one listener.
function show(button, field, box, isPreview) {
  button.dataset.words ??= button.textContent;
  box.hidden = !isPreview;
  field.hidden = isPreview;
  button.textContent = isPreview ? "Keep writing" : button.dataset.words;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("button[data-preview]");
  if (!button || button.dataset.asIs) return;
  const field = document.getElementById(button.dataset.preview);
  const box = document.getElementById(`${button.dataset.preview}-preview`);
  if (!field || !box) return;
  event.preventDefault();
  if (field.hidden) {
    show(button, field, box, false);
    field.focus();
    return;
  }
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.address, {
      method: "POST",
      body: new URLSearchParams({ text: field.value }),
      credentials: "same-origin",
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    // The server wrote it out: what was typed is no markup in it.
    box.innerHTML = await answer.text();
    show(button, field, box, true);
    button.disabled = false;
    button.focus();
  } catch {
    // The page itself knows what to say.
    button.disabled = false;
    button.dataset.asIs = "true";
    button.click();
  }
});

// A field that has to be filled in must be seen to be filled in.
document.addEventListener(
  "invalid",
  (event) => {
    const button = document.querySelector(`button[data-preview="${CSS.escape(event.target.id)}"]`);
    const box = document.getElementById(`${event.target.id}-preview`);
    if (button && box && event.target.hidden) show(button, event.target, box, false);
  },
  true,
);
