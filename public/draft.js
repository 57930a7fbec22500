// What is typed into a form and not sent yet survives a reload, and with it what is chosen and ticked beside it: it is kept
// in this browser alone, for each account and form apart, until the server says that it arrived, its account signs out, or
// another one is in (sign-out.js). Without JavaScript nothing is kept, and nothing else differs.
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

// Who signs out leaves nothing behind, whatever the page writes when it goes.
let isSigningOut = false;
document.addEventListener("submit", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-sign-out]")) isSigningOut = true;
});

// What a choice is before anybody chose, and whether the server chose where nothing is a choice too: a project that the
// address names is newer than that of a draft.
function standard(select) {
  return [...select.options].find((option) => option.defaultSelected)?.value ?? select.options[0]?.value ?? "";
}

function isGiven(select) {
  return select.options[0]?.value === "" && select.value !== "";
}

for (const sent of document.querySelectorAll("[data-draft-sent]")) forget(PREFIX + sent.dataset.draftSent);

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = PREFIX + form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea[name], input[type=text][name]")];
  const choices = [...form.querySelectorAll("select[name]")];
  const days = [...form.querySelectorAll("input[type=date][name]")];
  const boxes = [...form.querySelectorAll("input[type=checkbox][name]")];
  const all = new Set([...fields, ...choices, ...days, ...boxes]);
  let timer = 0;

  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    if (isSigningOut) return;
    if (fields.every((field) => field.value.trim() === "")) {
      forget(key);
      return;
    }
    const values = (controls) => Object.fromEntries(controls.map((control) => [control.name, control.value]));
    const ticked = boxes.filter((box) => box.checked).map((box) => `${box.name}=${box.value}`);
    const beside = values([...choices, ...days]);
    const draft = { at: Date.now(), base: document.documentElement.dataset.base, fields: values(fields), beside, ticked };
    attempt(() => localStorage.setItem(key, JSON.stringify(draft)));
  };

  const reset = () => {
    for (const field of fields) field.value = "";
    for (const choice of choices) choice.value = standard(choice);
    for (const day of days) day.value = day.defaultValue;
    for (const box of boxes) box.checked = box.defaultChecked;
  };

  // A choice that is no longer offered stays as the server made it.
  const bringBackBeside = ({ beside, ticked }) => {
    for (const choice of choices) {
      const value = beside?.[choice.name];
      if (!isGiven(choice) && [...choice.options].some((option) => option.value === value)) choice.value = value;
    }
    for (const day of days) if (typeof beside?.[day.name] === "string") day.value = beside[day.name];
    if (!Array.isArray(ticked)) return;
    for (const box of boxes) {
      box.checked = ticked.includes(`${box.name}=${box.value}`);
      const group = box.closest("details");
      if (box.checked && group) group.open = true;
    }
  };

  form.addEventListener("input", (event) => {
    if (!all.has(event.target)) return;
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
    bringBackBeside(draft);
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
      reset();
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
