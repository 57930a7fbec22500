// Sends the page's one form that says so, so that nobody has to press its button.
document.querySelector("form[data-send]")?.requestSubmit();
