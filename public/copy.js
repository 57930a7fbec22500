// Buttons that copy what stands in a field. Without JavaScript they stay hidden, and people select the text.
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const words = button.querySelector("[data-copy-words]");
  if (!field || !words) continue;
  button.hidden = false;
  let timer = 0;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      words.textContent = "Copied";
      said.textContent = "Copied";
    } catch {
      // Not allowed, or not a secure page: the text is selected, and the keyboard copies it.
      words.textContent = "Selected";
      said.textContent = "The text is selected. Copy it with the keyboard.";
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      words.textContent = "Copy";
      said.textContent = "";
    }, 2000);
  });
}
