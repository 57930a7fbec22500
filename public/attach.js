// Forms for files: dropping, pasting, what is chosen and how far sending is. Without JavaScript the form does the same by
// itself, without showing how far it is.
const units = ["KB", "MB", "GB", "TB"];

// As the pages write it (app/src/ui/file_size.rs): rounded up, so that what is over a limit never reads as the limit.
const size = (bytes, locale) => {
  if (bytes === 1) return "1 byte";
  let [text, unit] = [bytes, "bytes"];
  for (let [place, scale] = [0, 1024]; text >= 1024 && place < units.length; place += 1, scale *= 1024) {
    [text, unit] = [Math.ceil((bytes * 10) / scale) / 10, units[place]];
  }
  return `${text.toLocaleString(locale)} ${unit}`;
};

for (const form of document.querySelectorAll("form[data-attach]")) {
  const locale = form.dataset.attachLocale;
  const field = form.querySelector("input[type=file]");
  const chosen = form.querySelector("[data-attach-chosen]");
  const progress = form.querySelector("[data-attach-progress]");
  const bar = progress.querySelector("progress");
  const percent = progress.querySelector("[data-attach-percent]");
  const error = form.querySelector("[data-attach-error]");
  const buttons = form.querySelectorAll("button[type=submit]");
  const limit = Number(form.dataset.attachLimit);
  const most = Number(form.dataset.attachMost);
  let sending = null;

  const complain = (messages) => {
    error.textContent = messages.join(" ");
    error.hidden = messages.length === 0;
    if (messages.length > 0) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  const wrong = () => {
    const files = [...field.files];
    const messages = files
      .filter((file) => file.size > limit)
      .map((file) => `“${file.name}” has ${size(file.size, locale)}; a file can have at most ${size(limit, locale)}.`);
    messages.push(...files.filter((file) => file.size === 0).map((file) => `“${file.name}” is empty.`));
    if (files.length > most) messages.push(`These are ${files.length} files; ${most} can be sent at a time.`);
    return messages;
  };

  const show = () => {
    const files = [...field.files];
    chosen.replaceChildren(
      ...files.map((file) => {
        const item = document.createElement("li");
        const name = document.createElement("bdi");
        name.textContent = file.name;
        item.append(name, `, ${size(file.size, locale)}`);
        item.classList.toggle("is-wrong", file.size > limit || file.size === 0);
        return item;
      }),
    );
    chosen.hidden = files.length === 0;
    complain(wrong());
  };

  const add = (files) => {
    if (sending || files.length === 0) return false;
    const all = new DataTransfer();
    for (const file of [...field.files, ...files]) all.items.add(file);
    field.files = all.files;
    show();
    form.scrollIntoView({ block: "nearest" });
    return true;
  };

  const end = () => {
    sending = null;
    progress.hidden = true;
    for (const button of buttons) button.disabled = false;
  };

  field.addEventListener("change", show);

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  form.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    form.classList.add("is-target");
  });
  form.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    form.classList.toggle("is-target", depth > 0);
  });
  form.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  form.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    form.classList.remove("is-target");
    add(event.dataTransfer.files);
  });
  // Wherever on the page it is pasted: text goes where the cursor is, files go here.
  document.addEventListener("paste", (event) => {
    if (add(event.clipboardData?.files ?? [])) event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    const messages = wrong();
    complain(messages);
    if (messages.length > 0) return;
    sending = new XMLHttpRequest();
    sending.open("POST", form.action);
    sending.setRequestHeader("accept", "application/json");
    sending.responseType = "json";
    sending.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      bar.value = Math.floor((100 * step.loaded) / step.total);
      percent.textContent = `${bar.value} %`;
    });
    sending.addEventListener("load", () => {
      const { status, response } = sending;
      if (status === 200 && response?.location) {
        location.assign(response.location);
        return;
      }
      end();
      const said = status === 413 ? ["These files are too large to be sent at once."] : response?.errors;
      complain(said ?? ["The files could not be sent. Load the page again and try once more."]);
    });
    sending.addEventListener("error", () => {
      end();
      complain(["The connection broke off. Nothing was attached; try again."]);
    });
    sending.addEventListener("abort", () => {
      end();
      complain(["Cancelled. Nothing was attached."]);
    });
    bar.value = 0;
    percent.textContent = "0 %";
    progress.hidden = false;
    for (const button of buttons) button.disabled = true;
    sending.send(new FormData(form));
  });
  progress.querySelector("[data-attach-cancel]").addEventListener("click", () => sending?.abort());
}
