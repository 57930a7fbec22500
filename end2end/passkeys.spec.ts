import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { expectFieldError, toast } from "./pages/form.ts";
import { Authenticator, Passkeys, said, withoutAutofill } from "./pages/passkeys.ts";
import { Shell } from "./pages/shell.ts";
import { SignInPage } from "./pages/sign-in.ts";
import type { Workspace } from "./sessions.ts";
import { home } from "./sites.ts";

// In the worker's own workspace, each test with a session and an authenticator of its own.
test.use({ baseURL: async ({ workspace }, use) => use(workspace.url) });

const unique = () => `Key ${Math.random().toString(36).slice(2, 10)}`;

async function signInByPassword(page: Page, workspace: Workspace) {
  const signIn = new SignInPage(page);
  await signIn.open();
  await signIn.submit(workspace.email, workspace.password);
  await page.waitForURL("**/tickets");
}

function passkeyButton(page: Page) {
  return page.getByRole("button", { name: "Sign in with a passkey" });
}

async function remove(page: Page, name: string) {
  const passkeys = new Passkeys(page);
  await passkeys.open();
  await passkeys.manage(name);
  await page.getByRole("link", { name: "Remove this passkey" }).click();
  await page.getByRole("button", { name: `Remove “${name}”` }).click();
  await expect(toast(page, "Passkey removed")).toBeVisible();
}

/** Sends the end of a ceremony from the page that is open, as its script would. */
function sendAgain(page: Page, body: unknown) {
  return page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/sign-in/passkey/finish", { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }, body);
}

test("add a passkey, sign in with it without typing, rename and remove it", { tag: "@phone" }, async ({ page, workspace }) => {
  await withoutAutofill(page);
  const authenticator = await Authenticator.of(page);
  const passkeys = new Passkeys(page);
  const name = unique();
  await signInByPassword(page, workspace);
  await passkeys.add(name);
  await expect(page).toHaveURL(`${workspace.url}/account/security#passkeys`);
  await expect(passkeys.rows.filter({ hasText: name })).toContainText("Not used yet");
  const [key] = await authenticator.keys();
  expect(key).toMatchObject({ rpId: new URL(workspace.url).hostname, isResidentCredential: true });

  await new Shell(page).signOut();
  await page.goto("/sign-in?next=/tickets?status=open");
  await passkeyButton(page).click();
  await expect(page).toHaveURL(`${workspace.url}/tickets?status=open`);

  await passkeys.open();
  await expect(passkeys.rows.filter({ hasText: name })).toContainText("Used just now");
  await passkeys.manage(name);
  await passkeys.name.fill(" ");
  await page.getByRole("button", { name: "Save name" }).click();
  await expectFieldError(passkeys.name, /The name is missing/);
  await passkeys.name.fill(`${name} at home`);
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(toast(page, "Passkey renamed")).toBeVisible();

  await remove(page, `${name} at home`);
  await expect(passkeys.rows.filter({ hasText: name })).toHaveCount(0);
});

test("the browser offers the passkey in the address field", async ({ page, workspace }) => {
  await withoutAutofill(page);
  const authenticator = await Authenticator.of(page);
  const name = unique();
  await signInByPassword(page, workspace);
  await new Passkeys(page).add(name);
  await new Shell(page).signOut();
  const [credential] = await authenticator.keys();

  // A page that has the offer. The virtual device takes it at once.
  const other = await page.context().newPage();
  const device = await Authenticator.of(other);
  await device.receive(credential!);
  await other.goto("/sign-in");
  await expect(other).toHaveURL(`${workspace.url}/tickets`);
  await other.close();

  await signInByPassword(page, workspace);
  await remove(page, name);
});

test.describe("refusals", () => {
  test.use({ refusals: [/\/sign-in\/passkey\/finish$/] });

  test("a removed passkey and a copied one do not open the door, and the page says why", async ({ page, workspace }) => {
    await withoutAutofill(page);
    const authenticator = await Authenticator.of(page);
    const name = unique();
    await signInByPassword(page, workspace);
    await new Passkeys(page).add(name);
    for (let use = 0; use < 2; use += 1) {
      await new Shell(page).signOut();
      await passkeyButton(page).click();
      await page.waitForURL("**/tickets");
    }
    await new Shell(page).signOut();
    await authenticator.rewind();
    await passkeyButton(page).click();
    await expect(said(page)).toContainText("seems to exist twice");

    await signInByPassword(page, workspace);
    await remove(page, name);
    await new Shell(page).signOut();
    await passkeyButton(page).click();
    await expect(said(page)).toContainText("does not know that passkey");
    await expect(page).toHaveURL(/\/sign-in$/);
  });

  test("an answer is taken once", async ({ page, workspace }) => {
    await withoutAutofill(page);
    await Authenticator.of(page);
    const name = unique();
    await signInByPassword(page, workspace);
    await new Passkeys(page).add(name);
    await new Shell(page).signOut();
    const sent = page.waitForRequest("**/sign-in/passkey/finish");
    await passkeyButton(page).click();
    const body = (await sent).postDataJSON();
    await page.waitForURL("**/tickets");
    const usedUp = { status: 422, body: { message: "This took too long, or was answered already. Try again." } };
    expect(await sendAgain(page, body)).toEqual(usedUp);
    // Nor at another tenant's.
    await page.goto(`${home("globex")}/sign-in`);
    expect(await sendAgain(page, body)).toEqual(usedUp);
    await page.goto(`${workspace.url}/tickets`);
    await remove(page, name);
  });
});

test("a passkey is not offered at another workspace", async ({ page, workspace }) => {
  await withoutAutofill(page);
  const authenticator = await Authenticator.of(page);
  const name = unique();
  await signInByPassword(page, workspace);
  await new Passkeys(page).add(name);
  expect(await authenticator.keys()).toHaveLength(1);
  await page.goto(`${home("globex")}/sign-in`);
  await passkeyButton(page).click();
  await expect(said(page)).toContainText("No passkey was used");
  await expect(page).toHaveURL(`${home("globex")}/sign-in`);
  await page.goto(`${workspace.url}/tickets`);
  await remove(page, name);
});

test("what a person cancels, or has already, is said in words", async ({ page, workspace }) => {
  await withoutAutofill(page);
  const authenticator = await Authenticator.of(page);
  const passkeys = new Passkeys(page);
  const name = unique();
  await signInByPassword(page, workspace);
  await page.goto("/account/passkeys/new");
  await authenticator.recognise(false);
  await passkeys.create.click();
  await expect(said(page)).toContainText("No passkey was made");
  // The same page, once more.
  await authenticator.recognise(true);
  await passkeys.name.fill(name);
  await passkeys.create.click();
  await expect(toast(page, "Passkey added")).toBeVisible();

  await page.goto("/account/passkeys/new");
  await passkeys.create.click();
  await expect(said(page)).toContainText("has a passkey for your account already");
  expect(await authenticator.keys()).toHaveLength(1);
  await remove(page, name);
});

test("without JavaScript the page says what it takes", { tag: "@no-js" }, async ({ page, workspace, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled !== false, "with JavaScript there is a button");
  await signInByPassword(page, workspace);
  await page.goto("/account/passkeys/new");
  // Playwright looks for no text in `noscript`.
  await expect(page.locator("noscript h2")).toHaveText("This browser cannot make a passkey here");
  await expect(page.locator("noscript h2")).toBeVisible();
  await expect(new Passkeys(page).create).toBeHidden();
  await page.goto("/sign-in");
  await expect(passkeyButton(page)).toBeHidden();
});
