// What is typed into a form and not sent yet survives a reload: it is kept in this browser alone, for each account and
// form apart, until the server says that it arrived. Without JavaScript nothing is kept, and nothing else differs.
const PREFIX = "draft:";
const KEPT_FOR = 30 * 24 * 60 * 60 * 1000;

// Where a browser keeps nothing (storage forbidden or full), drafts do not outlive the page.
function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function stored(key) {
  const draft = attempt(() => JSON.parse(localStorage.getItem(key)));
  return draft && typeof draft.at === "number" && draft.fields && typeof draft.fields === "object" ? draft : null;
}

function forget(key) {
  attempt(() => localStorage.removeItem(key));
}

attempt(() => {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) && !(Date.now() - (stored(key)?.at ?? 0) < KEPT_FOR)) forget(key);
  }
});

for (const sent of document.querySelectorAll("[data-draft-sent]")) forget(PREFIX + sent.dataset.draftSent);

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = PREFIX + form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea[name], input[type=text][name]")];
  let timer = 0;

  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    const typed = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    if (Object.values(typed).every((value) => value.trim() === "")) forget(key);
    else attempt(() => localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields: typed })));
  };
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target)) return;
    clearTimeout(timer);
    timer = setTimeout(keep, 300);
  });
  // Before the page goes, be it sent or left.
  window.addEventListener("pagehide", () => timer && keep());

  const draft = stored(key);
  const has = (field) => typeof draft?.fields[field.name] === "string";
  // What the server sent back, or the browser kept, is newer.
  if (draft && fields.some(has) && fields.every((field) => field.value === "")) {
    for (const field of fields.filter(has)) field.value = draft.fields[field.name];
    const notice = document.createElement("div");
    notice.className = "notice draft-notice";
    notice.setAttribute("role", "status");
    const words = document.createElement("p");
    const when = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    words.textContent = `What you typed here on ${when} and did not send is back.`;
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "button";
    discard.textContent = "Discard";
    discard.addEventListener("click", () => {
      for (const field of fields) field.value = "";
      clearTimeout(timer);
      timer = 0;
      forget(key);
      notice.remove();
      fields[0]?.focus();
    });
    notice.append(words, discard);
    form.prepend(notice);
  }
}
