// Shows what a text will look like in the place of its field, and the field again. Without JavaScript the button sends
// the form, and the page comes back with the preview and all that was typed.
for (const button of document.querySelectorAll("button[data-preview]")) {
  const field = document.getElementById(button.dataset.preview);
  const box = document.getElementById(`${button.dataset.preview}-preview`);
  if (!field || !box) continue;
  const words = button.textContent;

  const show = (isPreview) => {
    box.hidden = !isPreview;
    field.hidden = isPreview;
    button.textContent = isPreview ? "Keep writing" : words;
  };
  button.addEventListener("click", async (event) => {
    if (button.dataset.asIs) return;
    event.preventDefault();
    if (!box.hidden && field.hidden) {
      show(false);
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
      if (!answer.ok) throw new Error(String(answer.status));
      box.innerHTML = await answer.text();
      show(true);
    } catch {
      // The page itself knows what to say.
      button.dataset.asIs = "true";
      button.disabled = false;
      button.click();
    } finally {
      button.disabled = false;
    }
  });
  // A field that has to be filled in must be seen to be filled in.
  field.addEventListener("invalid", () => show(false));
}
