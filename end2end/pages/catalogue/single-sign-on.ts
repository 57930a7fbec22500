// How a company's people sign in at its own identity provider, as its owner sets it up.

import { randomUUID } from "node:crypto";
import { expect } from "@playwright/test";
import { DomainsPage } from "../domains.ts";
import { toast } from "../form.ts";
import { SsoPage } from "../sso.ts";
import { type Face, at } from "./face.ts";

export const singleSignOn: Face[] = [
  at("/admin/sso"),
  at("/admin/sso/new"),
  {
    name: "the set-up of a connection by OpenID Connect, with problems",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Okta", "OpenID Connect", "Okta");
      await sso.issuer.fill(`http://127.0.0.1:9/${"long".repeat(40)}`);
      await page.getByLabel("Client ID").fill("client");
      await sso.save.click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "the set-up of a connection by SAML",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Microsoft Entra ID", "SAML 2.0", "Entra ID");
      await sso.hand(await sso.metadata(`https://idp.example/${"long".repeat(40)}`));
      await expect(page.getByText("SHA-256 ").first()).toBeVisible();
    },
  },
  {
    name: "metadata of another provider",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Keycloak", "SAML 2.0", "Keycloak");
      const other = await sso.metadata(`https://${randomUUID()}.example/${"long".repeat(40)}`);
      await sso.hand(await sso.metadata("https://idp.example"));
      // Another run may have left it at another provider's.
      const yes = page.getByRole("checkbox", { name: "The connection belongs to that provider now" });
      await expect(toast(page, "Connection saved").or(yes)).toBeVisible();
      if (await yes.isVisible()) {
        await yes.check();
        await sso.readMetadata.click();
      }
      await sso.hand(other);
      await expect(yes).toBeVisible();
    },
  },
  {
    name: "switching a connection",
    open: async (page) => {
      await new SsoPage(page).setUp("Okta", "OpenID Connect", "Okta");
      await page.goto(`${page.url().split(/[?#]/)[0]}/switch`);
      await expect(page.getByRole("heading", { name: "Switch Okta on" })).toBeVisible();
    },
  },
  {
    name: "deleting a connection, with a problem",
    open: async (page) => {
      await new SsoPage(page).setUp("Okta", "OpenID Connect", "Okta");
      await page.getByRole("link", { name: "Delete…" }).click();
      await page.getByLabel("Name of the connection").fill("not this one");
      await page.getByRole("button", { name: "Delete Okta" }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "a new set-up link",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Google Workspace", "SAML 2.0", "Linked");
      // Few links are good at the same time: the one of the time before goes.
      const revoke = page.getByRole("button", { name: /^Revoke/ }).first();
      if (await revoke.isVisible()) await revoke.click();
      await sso.link("Ina of IT");
    },
  },
  {
    name: "the page of a set-up link",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Google Workspace", "SAML 2.0", "Linked");
      const revoke = page.getByRole("button", { name: /^Revoke/ }).first();
      if (await revoke.isVisible()) await revoke.click();
      await page.goto(await sso.link("Ina of IT"));
      await expect(page.getByRole("heading", { name: "Set up Linked" })).toBeVisible();
    },
  },
  at("/admin/sso/domains"),
  {
    name: "/admin/sso/domains with a claim and problems",
    open: async (page) => {
      const domains = new DomainsPage(page, "/admin/sso/domains");
      await domains.claim("mail.long-name-of-a-customer.example-of-a-company.test");
      await domains.claim("gmail.com");
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "the people of a connection, with rules and a problem",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Okta", "OpenID Connect", "Okta");
      await sso.people.click();
      // Another run may have added them already.
      for (const group of ["support", "long".repeat(60)]) {
        await sso.group.fill(group);
        await page.getByLabel("Role", { exact: true }).selectOption("Agent");
        await sso.addRule.click();
      }
      await sso.group.fill("support");
      await page.getByLabel("Role", { exact: true }).selectOption("Agent");
      await sso.addRule.click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "the traces of a connection, and no such reference",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Okta", "OpenID Connect", "Okta");
      await sso.traces.click();
      await page.getByLabel("Reference").fill("trc_unknown");
      await page.getByRole("button", { name: "Find trace" }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "a trace of a refusal",
    open: async (page) => {
      const sso = new SsoPage(page);
      await sso.setUp("Okta", "OpenID Connect", "Okta");
      const setUp = page.url().split(/[?#]/)[0];
      // An answer to a sign-in that nobody began.
      await page.goto(`/sso/${setUp.split("/").pop()}/callback?state=${"0".repeat(64)}&code=none`);
      await page.goto(`${setUp}/traces`);
      await page.getByRole("rowheader").getByRole("link").first().click();
      await expect(page.getByRole("heading", { name: "What was checked" })).toBeVisible();
    },
  },
];
