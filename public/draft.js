// What is typed into a form and not sent yet survives a reload, and with it what is chosen and ticked beside it, or for a
// form that edits something the version it was made from, so that saving still tells of conflicts. It is kept in this
// browser alone, for each account and form apart, until the server says that it arrived, it is discarded or cancelled, its
// account signs out, or another one is in (sign-out.js). Without JavaScript nothing is kept, and nothing else differs.
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

// The fragment of the address says which of the ticket's parts was saved.
const savedHere = document.querySelector("[data-draft-saved]");
if (savedHere && location.hash.length > 1) forget(PREFIX + savedHere.dataset.draftSaved + location.hash.slice(1));

function notice(words, ...buttons) {
  const box = document.createElement("div");
  box.className = "notice draft-notice";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = words;
  const row = document.createElement("div");
  row.className = "button-row";
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", act);
    row.append(button);
  }
  box.append(text, row);
  return box;
}

// As the pages write it (app/src/ui/time.rs): "22 November 2026, 12:25 UTC+1".
function written(at, locale, timeZone) {
  const form = (style) => new Intl.DateTimeFormat(locale, { ...style, timeZone });
  const offset = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset", timeZone });
  const name = offset.formatToParts(at).find((part) => part.type === "timeZoneName").value;
  const zone = name.replace(/^GMT(\+0$)?/, "UTC");
  return `${form({ dateStyle: "long" }).format(at)}, ${form({ timeStyle: "short" }).format(at)} ${zone}`;
}

// A browser may not know the zone.
function timeOf(draft) {
  const { locale, zone } = document.documentElement.dataset;
  return attempt(() => written(draft.at, locale, zone)) ?? new Date(draft.at).toLocaleString(locale);
}

const bound = new WeakSet();

function bind(form) {
  if (bound.has(form)) return;
  bound.add(form);
  const key = PREFIX + form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea[name], input[type=text][name]")];
  const choices = [...form.querySelectorAll("select[name]")];
  const days = [...form.querySelectorAll("input[type=date][name]")];
  const boxes = [...form.querySelectorAll("input[type=checkbox][name]")];
  // A form that edits begins with what is saved, and says which version that is.
  const isEdit = form.dataset.draftEdit !== undefined;
  const isTyped = form.dataset.draftEdit === "typed";
  const versions = isEdit ? [...form.querySelectorAll("input[name=version], input[name=seen]")] : [];
  const newest = versions.map((field) => field.value);
  const all = new Set([...fields, ...choices, ...days, ...boxes]);
  let timer = 0;

  const stopTimer = () => {
    clearTimeout(timer);
    timer = 0;
  };

  const drop = () => {
    stopTimer();
    forget(key);
  };

  const keep = () => {
    stopTimer();
    if (isSigningOut) return;
    const isBlank = (field) => (isEdit ? field.value === field.defaultValue : field.value.trim() === "");
    if (!isTyped && fields.every(isBlank)) {
      forget(key);
      return;
    }
    const values = (controls) => Object.fromEntries(controls.map((control) => [control.name, control.value]));
    const ticked = boxes.filter((box) => box.checked).map((box) => `${box.name}=${box.value}`);
    const beside = values([...choices, ...days]);
    const { base } = document.documentElement.dataset;
    const draft = { at: Date.now(), base, fields: values(fields), beside, ticked, versions: values(versions) };
    attempt(() => localStorage.setItem(key, JSON.stringify(draft)));
  };

  const reset = () => {
    for (const field of fields) field.value = isEdit ? field.defaultValue : "";
    for (const [place, field] of versions.entries()) field.value = newest[place];
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
  // Who cancels means it.
  form.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("a[data-in-place]")) return;
    drop();
  });
  // Before the page goes, be it sent or left.
  window.addEventListener("pagehide", () => timer && keep());

  // What was sent and came back is newer, and so is the version that came with it.
  if (isTyped) {
    keep();
    return;
  }
  const draft = stored(key);
  const has = (field) => typeof draft?.fields[field.name] === "string";
  if (!draft || !fields.some(has)) return;
  const isSame = (field) => field.value === draft.fields[field.name];
  if (isEdit && fields.every((field) => isSame(field) && field.value === field.defaultValue)) {
    forget(key);
    return;
  }
  // What the server sent back, or the browser kept, is newer; but the same text that it kept has the draft's version.
  const isFree = (field) => (isEdit ? field.value === field.defaultValue || isSame(field) : field.value === "");
  if (!fields.every(isFree)) return;
  for (const field of fields.filter(has)) field.value = draft.fields[field.name];
  bringBackBeside(draft);
  for (const field of versions) field.value = draft.versions?.[field.name] ?? field.value;
  const isOld = versions.some((field, place) => field.name === "version" && field.value !== newest[place]);
  const meanwhile = isOld ? " Something was changed here meanwhile: you are asked again when you save." : "";
  const words = `Restored: what you typed here on ${timeOf(draft)} and did not send.${meanwhile}`;
  const discard = () => {
    reset();
    drop();
    box.remove();
    fields[0]?.focus();
  };
  const box = notice(words, ["Discard", discard]);
  form.prepend(box);
}

// An edit link with a draft behind it says so: the form that has it is not open.
function tell(link) {
  const key = PREFIX + link.dataset.draft;
  const part = document.getElementById(link.dataset.inPlace);
  const draft = stored(key);
  if (!draft || !part || part.querySelector(".draft-notice")) return;
  const discard = () => {
    forget(key);
    box.remove();
    link.focus();
  };
  const words = `You typed something here on ${timeOf(draft)} and did not save it.`;
  const box = notice(words, ["Continue writing", () => link.click()], ["Discard", discard]);
  (part.querySelector(".entry__body") ?? part).prepend(box);
}

function look() {
  for (const form of document.querySelectorAll("form[data-draft]")) bind(form);
  for (const link of document.querySelectorAll("a[data-draft]")) tell(link);
}

look();
// Forms come later too (in-place.js), and parts are exchanged (live.js).
document.addEventListener("renewed", look);
