// Sign-ins at identity providers that others wrote, from setting a connection up to signing out at both sides.

import { randomBytes } from "node:crypto";
import type { Browser, Page } from "@playwright/test";
import { dnsAddress, setText } from "./dns.ts";
import { expect, inOwnWorkspace, test as base } from "./fixtures.ts";
import { OpenIdProvider } from "./identity-providers/openid-provider.ts";
import { SamlProvider, type ServiceProvider, hasSamlProvider } from "./identity-providers/saml-provider.ts";
import { DomainsPage } from "./pages/domains.ts";
import { toast } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SsoPage } from "./pages/sso.ts";

const nobody = { cookies: [], origins: [] };

const test = base.extend<object, { domain: string; openId: OpenIdProvider; saml: SamlProvider }>({
  /** The email domain of the people, which each worker's workspace proves once. */
  domain: [async ({}, use) => use(`${randomBytes(5).toString("hex")}.test`), { scope: "worker" }],
  openId: [
    async ({ domain }, use) => {
      const provider = await OpenIdProvider.start({
        ada: { email: `ada@${domain}`, email_verified: true, name: "Ada Byron", groups: ["support-leads"] },
        bob: { email: "bob@elsewhere.example", email_verified: true, name: "Bob Elsewhere" },
        eve: { name: "Eve Without Mail" },
      });
      await use(provider);
      await provider.stop();
    },
    { scope: "worker" },
  ],
  saml: [
    async ({}, use) => {
      const provider = await SamlProvider.start();
      await use(provider);
      provider.stop();
    },
    { scope: "worker" },
  ],
});

test.use(inOwnWorkspace);
// What the providers' own pages ask for and do not get.
const theirs = [/^https:\/\/fonts\.googleapis\.com\//, /\/favicon\.ico$/];
test.use({ actionTimeout: 15_000, refusals: [theirs, { option: true }] });
test.describe.configure({ timeout: 90_000 });

/** Claims and proves an email domain, and ties it to the connection that is open. */
async function speakFor(page: Page, domain: string) {
  const home = page.url().replace(/[?#].*$/, "");
  const domains = new DomainsPage(page, "/admin/sso/domains");
  await domains.open();
  const card = domains.card(domain);
  if (!(await card.isVisible())) {
    await domains.claim(domain);
    const value = await card.getByLabel("Value of the TXT record").inputValue();
    setText(`_rowhouse-email-challenge.${domain}`, value);
    await card.getByRole("button", { name: `Check now ${domain}` }).click();
    await expect(card.getByText(/does not exist yet/)).toHaveCount(0);
  }
  await page.goto(`${home}/people`);
  await page.getByRole("checkbox", { name: domain }).check();
  await page.getByRole("button", { name: "Save domains" }).click();
  await expect(page.getByRole("checkbox", { name: domain })).toBeChecked();
  await page.goto(home);
}

async function signInAtOpenId(page: Page, name: string) {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  const consent = page.getByRole("button", { name: "Continue" });
  // What comes next is there: the provider's question, or the page that it leads to.
  await page.waitForLoadState();
  if (await consent.isVisible()) await consent.click();
}

async function signInAtSaml(page: Page, name: string) {
  await page.locator("input[name=username]").fill(name);
  await page.locator("input[name=password]").fill(`${name}-secret`);
  await page.locator("#submit_button, button[type=submit], input[type=submit]").first().click();
}

/** Tests the connection that is open, and switches it on. */
async function testAndSwitchOn(page: Page, name: string, signIn: () => Promise<void>) {
  const home = page.url().replace(/[?#].*$/, "");
  await new SsoPage(page).test.click();
  await signIn();
  await expect(page).toHaveURL(/\/traces\/trc_/);
  await expect(page.getByText("Passed", { exact: true }).first()).toBeVisible();
  await page.goto(home);
  await page.getByRole("button", { name: `Switch ${name} on` }).click();
  await expect(page.getByRole("link", { name: "Switch off…" })).toBeVisible();
}

async function asNewcomer(browser: Browser, baseURL: string, act: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ baseURL, storageState: nobody });
  try {
    await act(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Signed in as somebody who was let in. */
async function expectIn(page: Page, name: string) {
  await expect(page).toHaveURL(/\/tickets/);
  await expect(new Shell(page).person).toContainText(name);
}

test("people sign in and out at an OpenID provider", async ({ page, browser, workspace, openId, domain }) => {
  test.skip(!dnsAddress, "the server under test asks another DNS server");
  const sso = new SsoPage(page);
  const name = `OpenID ${randomBytes(3).toString("hex")}`;
  await sso.add("Another provider", "OpenID Connect", name);
  const callback = await sso.told("Redirect address (callback)").inputValue();
  const secret = randomBytes(16).toString("hex");
  const client = {
    client_id: name,
    client_secret: secret,
    token_endpoint_auth_method: "client_secret_basic" as const,
    redirect_uris: [callback],
    post_logout_redirect_uris: [callback.replace(/callback$/, "signed-out")],
    backchannel_logout_uri: callback.replace(/callback$/, "back-channel-logout"),
  };
  openId.register(client);
  await sso.issuer.fill(openId.issuer);
  await page.getByLabel("Client ID").fill(name);
  await page.getByLabel("Client secret", { exact: true }).fill(secret);
  await sso.save.click();
  await expect(toast(page, "Connection saved")).toBeVisible();
  await speakFor(page, domain);
  await testAndSwitchOn(page, name, () => signInAtOpenId(page, "ada"));

  await asNewcomer(browser, workspace.url, async (theirs) => {
    await theirs.goto("/tickets");
    await theirs.getByRole("link", { name: `Sign in with ${name}` }).click();
    await signInAtOpenId(theirs, "ada");
    await expectIn(theirs, "Ada Byron");
    await new Shell(theirs).signOut();
    // The provider asks whether its own session is to end too.
    await theirs.getByRole("button", { name: /Yes, sign me out/ }).click();
    await expect(theirs).toHaveURL(/\/signed-out/);
    await theirs.goto("/tickets");
    await expect(theirs).toHaveURL(/\/sign-in/);
  });

  await asNewcomer(browser, workspace.url, async (theirs) => {
    // By the address: its domain says where.
    await theirs.goto("/sign-in");
    await theirs.getByLabel("Work email").fill(`ada@${domain}`);
    await theirs.getByRole("button", { name: "Continue with single sign-on" }).click();
    await signInAtOpenId(theirs, "ada");
    await expectIn(theirs, "Ada Byron");
  });

  for (const [who, words] of [
    ["bob", /address/],
    ["eve", /address/],
  ] as const) {
    await asNewcomer(browser, workspace.url, async (theirs) => {
      await theirs.goto("/sign-in");
      await theirs.getByRole("link", { name: `Sign in with ${name}` }).click();
      await signInAtOpenId(theirs, who);
      await expect(theirs.locator("main")).toContainText(words);
      const reference = await theirs.getByText(/trc_\w+/).first().innerText();
      expect(reference).toMatch(/trc_[0-9a-z]{26}/);
      await theirs.goto("/tickets");
      await expect(theirs).toHaveURL(/\/sign-in/);
    });
  }
});

/** Sets a SAML connection up from the provider's metadata, and tells the provider of it. */
async function samlConnection(page: Page, saml: SamlProvider, name: string, options: Partial<ServiceProvider>) {
  const sso = new SsoPage(page);
  await sso.add("Another provider", "SAML 2.0", name);
  await page.getByLabel("Address of the metadata").fill(saml.metadata);
  await sso.readMetadata.click();
  await expect(toast(page, "Connection saved")).toBeVisible();
  const acs = await sso.told("Assertion consumer service (ACS) address").inputValue();
  const entityid = acs.replace(/acs$/, "metadata");
  const certData = (await page.locator("#all-certificate").inputValue()).replace(/-----[A-Z ]+-----|\s/g, "");
  saml.register({
    entityid,
    AssertionConsumerService: acs,
    SingleLogoutService: acs.replace(/acs$/, "slo"),
    certData,
    "validate.logout": true,
    "sign.logout": true,
    NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    ...options,
  });
  if (options["validate.authnrequest"]) {
    await page.getByRole("checkbox", { name: "Sign requests" }).check();
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page.getByRole("checkbox", { name: "Sign requests" })).toBeChecked();
  }
  return entityid;
}

for (const [what, options] of [
  ["a signed response", { "saml20.sign.response": true, "saml20.sign.assertion": false }],
  ["a signed assertion", { "saml20.sign.response": false, "saml20.sign.assertion": true }],
  [
    "requests and both answers signed and the assertion encrypted",
    {
      "validate.authnrequest": true,
      "saml20.sign.response": true,
      "saml20.sign.assertion": true,
      "assertion.encryption": true,
    },
  ],
] as const) {
  test(`people sign in at a SAML provider with ${what}`, async ({ page, browser, workspace, saml }) => {
    test.skip(!dnsAddress, "the server under test asks another DNS server");
    test.skip(!hasSamlProvider, "this machine has no SimpleSAMLphp");
    const name = `SAML ${randomBytes(3).toString("hex")}`;
    await samlConnection(page, saml, name, options);
    await speakFor(page, "sso.acme.test");
    await testAndSwitchOn(page, name, () => signInAtSaml(page, "ada"));

    await asNewcomer(browser, workspace.url, async (theirs) => {
      await theirs.goto("/tickets");
      await theirs.getByRole("link", { name: `Sign in with ${name}` }).click();
      await signInAtSaml(theirs, "ada");
      await expectIn(theirs, "Ada Byron");
      // Signing out here signs out there, and leads back.
      await new Shell(theirs).signOut();
      // A page of this site leads there first.
      await expect(theirs.getByRole("heading", { name: "You are signed out" })).toBeVisible();
      await expect(theirs).toHaveURL(new RegExp(`^${workspace.url}/`));
      await theirs.goto("/tickets");
      await expect(theirs).toHaveURL(/\/sign-in/);
      await theirs.getByRole("link", { name: `Sign in with ${name}` }).click();
      await expect(theirs.locator("input[name=username]")).toBeVisible();
    });
  });
}

test("a SAML provider begins by itself only where that is switched on", async ({ page, browser, workspace, saml }) => {
  test.skip(!dnsAddress, "the server under test asks another DNS server");
  test.skip(!hasSamlProvider, "this machine has no SimpleSAMLphp");
  const name = `SAML ${randomBytes(3).toString("hex")}`;
  const entity = await samlConnection(page, saml, name, { "saml20.sign.response": true });
  await speakFor(page, "sso.acme.test");
  await testAndSwitchOn(page, name, () => signInAtSaml(page, "ada"));

  const begin = async (theirs: Page) => {
    await theirs.goto(saml.idpInitiated(entity));
    await signInAtSaml(theirs, "ada");
  };
  await asNewcomer(browser, workspace.url, async (theirs) => {
    await begin(theirs);
    await expect(theirs.getByText(/trc_\w+/).first()).toBeVisible();
    await theirs.goto("/tickets");
    await expect(theirs).toHaveURL(/\/sign-in/);
  });
  await page.getByRole("checkbox", { name: /The provider may begin/ }).check();
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(toast(page, "Connection saved")).toBeVisible();
  await asNewcomer(browser, workspace.url, async (theirs) => {
    await begin(theirs);
    await expectIn(theirs, "Ada Byron");
  });
});
