// Passkeys: what only a script in the browser can do. Pages with a form that has `data-passkey` load this; without
// JavaScript, or where the browser knows no passkeys, such a form stays hidden.
const Key = window.PublicKeyCredential;
const keys = navigator.credentials;

const WORDS = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotSupportedError: "This device cannot keep the kind of passkey that is needed.",
  ConstraintError: "A passkey must check that it is you, by fingerprint, face or PIN. This device cannot.",
  SecurityError: "Passkeys do not work at this address.",
  TypeError: "The server cannot be reached. Check your connection and try again.",
};
const NOT_DONE = {
  create: "No passkey was made: it was cancelled, or took too long.",
  get: "No passkey was used: it was cancelled, took too long, or there is none here for this workspace.",
};

/** What the server said against it. */
class Refused extends Error {}

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** JSON to options. By hand: not every browser in use has `parseCreationOptionsFromJSON` and the like. */
function read({ challenge, user, ...options }) {
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    options[list] = (options[list] ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));
  }
  if (user) options.user = { ...user, id: toBytes(user.id) };
  return { ...options, challenge: toBytes(challenge) };
}

/** The answer to JSON. */
function write({ id, type, rawId, response }) {
  const data = response.authenticatorData ?? response.getAuthenticatorData?.();
  const { clientDataJSON, attestationObject, signature, userHandle } = response;
  const parts = { clientDataJSON, attestationObject, signature, userHandle, authenticatorData: data };
  const written = { transports: response.getTransports?.() };
  for (const name in parts) if (parts[name]) written[name] = toText(parts[name]);
  return { id, type, rawId: toText(rawId), response: written };
}

async function post(path, body) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  // Signed out meanwhile, or asked again who one is: the page itself leads there, and back.
  if (answer.redirected) {
    location.reload();
    return new Promise(() => {});
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  throw new Refused(content.message ?? "Something went wrong. Reload the page and try again.", { cause: path });
}

async function ceremony(form, how) {
  const { passkey, begin, finish } = form.dataset;
  const { ceremony, options } = await post(begin, {});
  const credential = write(await keys[passkey]({ publicKey: read(options), ...how }));
  const { location: next } = await post(finish, { ...Object.fromEntries(new FormData(form)), ceremony, credential });
  location.assign(next);
}

function wake(form) {
  const { passkey, finish, autofill } = form.dataset;
  const message = form.querySelector("[aria-live]");
  const explain = (error) => {
    message.textContent = error instanceof Refused ? error.message : (WORDS[error.name] ?? NOT_DONE[passkey]);
  };
  let waiting;
  let offered;
  let busy;

  // The browser offers keys in the field for the address, for as long as the page is open.
  async function offer() {
    if (autofill === undefined || !(await Key.isConditionalMediationAvailable?.())) return;
    waiting = new AbortController();
    offered = ceremony(form, { mediation: "conditional", signal: waiting.signal }).catch((error) => {
      // Nobody asked, so only what came of choosing a key is told; then another may be chosen.
      if (error.cause !== finish) return;
      explain(error);
      offer();
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    message.textContent = "";
    waiting?.abort();
    await offered;
    await ceremony(form).catch((error) => {
      explain(error);
      offer();
    });
    busy = false;
  });
  form.hidden = false;
  offer();
}

const ready = Key && keys;
for (const form of document.querySelectorAll("form[data-passkey]")) if (ready) wake(form);
for (const words of document.querySelectorAll("[data-passkey-else]")) words.hidden = Boolean(ready);
