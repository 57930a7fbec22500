import { randomBytes } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";
import { SsoPage } from "./pages/sso.ts";
import type { Page } from "@playwright/test";

test.use(inOwnWorkspace);

/** A name that no other test has. */
function newName(): string {
  return `Sign-on ${randomBytes(4).toString("hex")}`;
}

async function remove(page: Page, name: string) {
  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByLabel("Name of the connection").fill(name);
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await expect(toast(page, "Connection deleted")).toBeVisible();
  await expect(page.getByRole("link", { name, exact: true })).toHaveCount(0);
}

test("a connection is added, told what is wrong, renamed and deleted", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const sso = new SsoPage(page);
  const name = newName();
  await sso.add("Okta", "OpenID Connect", name);
  await expect(toast(page, "Connection added: now set it up")).toBeVisible();
  await expect(page.getByRole("heading", { name: "1. At Okta" })).toBeVisible();
  await expect(sso.told("Redirect address (callback)")).toHaveValue(/\/sso\/sso_\w+\/callback$/);
  await expect(page.getByRole("button", { name: "Test sign-in" })).toBeDisabled();
  await expect(page.getByRole("button", { name: `Switch ${name} on` })).toBeDisabled();

  await sso.issuer.fill("http://127.0.0.1:9");
  await page.getByLabel("Client ID").fill("a client");
  await page.getByLabel("Client secret", { exact: true }).fill("a secret");
  const answer = await answerTo(page, () => sso.save.click());
  expect(answer.status()).toBe(422);
  await expectFieldError(sso.issuer, /127\.0\.0\.1/);
  await expect(sso.issuer).toHaveValue("http://127.0.0.1:9");
  await expect(page.getByLabel("Client secret", { exact: true })).toHaveValue("");

  await page.getByLabel("Short name").fill("not a short name");
  await page.getByRole("button", { name: "Save name" }).click();
  await expectFieldError(page.getByLabel("Short name"), /letters a to z/);
  await page.getByLabel("Short name").fill(`x-${randomBytes(4).toString("hex")}`);
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(toast(page, "Connection saved")).toBeVisible();
  await remove(page, name);
});

test("metadata is read, and another provider's is a question", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const sso = new SsoPage(page);
  const name = newName();
  await sso.add("Keycloak", "SAML 2.0", name);
  await sso.hand("<html>Sign in</html>");
  await expectFieldError(page.getByLabel(/^Or a file/), /This is a web page/);
  await sso.hand(await sso.metadata("https://idp.example"));
  await expect(toast(page, "Connection saved")).toBeVisible();
  const certificates = page.getByRole("region", { name: "Signing certificates of the provider" });
  await expect(certificates.getByText(/^SHA-256 /)).toBeVisible();
  await expect(sso.test).toHaveAttribute("href", /\/start\?purpose=test$/);

  await sso.hand(await sso.metadata("https://other.example"));
  await expect(summary(page)).toBeVisible();
  const yes = page.getByRole("checkbox", { name: "The connection belongs to that provider now" });
  await yes.check();
  await sso.readMetadata.click();
  await expect(toast(page, "Connection saved")).toBeVisible();
  await expect(page.getByText("https://other.example", { exact: true })).toBeVisible();
  await certificates.getByRole("button", { name: /^Remove/ }).click();
  await expect(certificates.getByText("None yet.")).toBeVisible();
  await remove(page, name);
});

test("what the provider has to be told is copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const sso = new SsoPage(page);
  await sso.setUp("Google Workspace", "SAML 2.0", "Copied");
  const address = await sso.told("Assertion consumer service (ACS) address").inputValue();
  const copy = page.locator("#provider").getByRole("button", { name: /^Copy Assertion consumer service/ }).first();
  await copy.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#provider").getByRole("button", { name: /^Copied Assertion/ })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
});

test("without scripts there are no buttons that do nothing", { tag: "@no-js" }, async ({ page, javaScriptEnabled }) => {
  const sso = new SsoPage(page);
  await sso.setUp("Google Workspace", "SAML 2.0", "Copied");
  const copy = page.getByRole("button", { name: /^Copy / });
  // The page has come, with its fields.
  await expect(page.locator("[data-copy]")).not.toHaveCount(0);
  if (javaScriptEnabled) await expect(copy.first()).toBeVisible();
  else await expect(copy).toHaveCount(0);
});

test("somebody outside sets it up with a link until it is revoked", { tag: ["@phone", "@no-js"] }, async ({ page, browser }) => {
  const sso = new SsoPage(page);
  const name = newName();
  await sso.add("Another provider", "SAML 2.0", name);
  const link = await sso.link("Ina of IT");
  await page.getByRole("link", { name: "Done" }).click();
  await expect(page.getByText("Not used yet")).toBeVisible();

  const outside = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  try {
    const theirs = await outside.newPage();
    await theirs.goto(link);
    await expect(theirs.getByRole("heading", { name: `Set up ${name}` })).toBeVisible();
    await expect(theirs.getByRole("navigation")).toHaveCount(0);
    await expect(theirs.getByRole("link", { name: "Delete…" })).toHaveCount(0);
    const setUp = new SsoPage(theirs);
    await setUp.hand(await setUp.metadata("https://idp.example"));
    await expect(toast(theirs, "Connection saved")).toBeVisible();
    await expect(setUp.test).toHaveAttribute("href", /purpose=test&setup_link=[0-9a-f]{64}$/);

    await page.reload();
    await expect(page.getByText("https://idp.example", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Revoke the link for Ina of IT" }).click();
    await expect(toast(page, "Link revoked")).toBeVisible();
    await theirs.goto(link);
    await expect(theirs.getByRole("heading", { name: "This link does not work any more" })).toBeVisible();
  } finally {
    await outside.close();
  }
  await remove(page, name);
});
