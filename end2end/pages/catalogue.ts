// Every page there is, and its other faces, for the tests that all of them must pass.

import { randomUUID } from "node:crypto";
import { expect } from "@playwright/test";
import { signedInAs, inOwnWorkspace } from "../fixtures.ts";
import { demoPassword, newOwner } from "../sessions.ts";
import { apex, home } from "../sites.ts";
import { BrandingPage } from "./branding.ts";
import { atConsole } from "./catalogue/console.ts";
import { type Group, at } from "./catalogue/face.ts";
import { singleSignOn } from "./catalogue/single-sign-on.ts";
import { DomainsPage } from "./domains.ts";
import { MembersPage } from "./members.ts";
import { Shell } from "./shell.ts";
import { SignInPage } from "./sign-in.ts";
import { SignUpPage } from "./sign-up.ts";
import { TicketForm, TicketList, TicketPage } from "./tickets.ts";

/** The colours differ between workspaces, and with them what can be read. */
const branded: Group[] = ["acme", "globex", "initech"].map((slug) => ({
  name: `member of ${slug}`,
  use: signedInAs(`member@${slug}.test`),
  faces: [at("/sign-in"), at("/tickets")],
}));

export const catalogue: Group[] = [
  {
    name: "apex",
    use: { baseURL: apex },
    faces: [
      at("/"),
      at("/sign-up"),
      {
        name: "/sign-up with problems",
        open: async (page) => {
          const signUp = new SignUpPage(page);
          await signUp.open();
          await signUp.fill({ ...newOwner(), slug: "console", password: "aaaaaaaaaaaa" });
          await signUp.submit();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      at("/find"),
      {
        name: "/find, sent",
        open: async (page) => {
          await page.goto("/find");
          await page.getByLabel("Your email").fill("member@acme.test");
          await page.getByRole("button", { name: "Send the list" }).click();
          await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
        },
      },
      at("/dev/mail"),
      at("/no/such/page"),
      { name: "an unknown workspace", open: (page) => page.goto(home("nobody-lives-here")) },
    ],
  },
  ...atConsole,
  ...branded,
  {
    name: "member, elsewhere",
    use: signedInAs("member@globex.test"),
    faces: [
      at("/tickets?q=nothing-has-this-title"),
      at("/tickets?status=lost"),
      {
        name: "/tickets with its filters open and tickets selected",
        open: async (page) => {
          const list = new TicketList(page);
          await list.open("?status=open&priority=high&sort=due");
          await list.filters.click();
          await list.boxes.first().check();
          await expect(page.getByRole("button", { name: "Change tickets" })).toBeVisible();
        },
      },
      at("/board?project=SUP"),
      at("/views"),
      {
        name: "the keyboard shortcuts",
        open: async (page) => {
          await new TicketList(page).open();
          await page.keyboard.press("?");
          await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
        },
      },
      {
        name: "a ticket",
        open: async (page) => {
          const list = new TicketList(page);
          await list.open("?status=solved");
          await list.links.first().click();
          await expect(new TicketPage(page).addComment).toBeVisible();
        },
      },
      at("/tickets/new"),
      at("/insight"),
      at("/insight?range=12m&by=assignee"),
      at("/insight?range=custom&from=2026-02-02&to=2026-02-01"),
      {
        name: "/insight, a table open",
        open: async (page) => {
          await page.goto("/insight?by=label");
          await page.getByText("Show as a table").first().click();
          await expect(page.getByRole("table").first()).toBeVisible();
        },
      },
      at("/account/profile"),
      at("/admin/branding"),
      at("/account/security"),
      {
        name: "/account/security/totp with its QR code",
        open: async (page) => {
          await page.goto("/account/security/totp");
          // They signed in when the run began, which may be longer ago than this page puts up with.
          const confirm = page.getByRole("button", { name: "Confirm with the password" });
          if (await confirm.isVisible()) {
            await page.getByLabel("Password").fill(demoPassword);
            await confirm.click();
            await page.waitForURL((url) => url.pathname === "/account/security/totp");
          }
          const begin = page.getByRole("button", { name: "Show the QR code" });
          // Another test of this person may have begun already.
          if (await begin.isVisible()) await begin.click();
          await expect(page.getByRole("textbox", { name: "Code" })).toBeVisible();
        },
      },
      at("/no/such/page"),
      {
        name: "the menu of the person",
        open: async (page) => {
          await new TicketList(page).open();
          const shell = new Shell(page);
          await shell.openSidebar();
          await shell.person.click();
          await expect(shell.signOutButton).toBeVisible();
        },
      },
    ],
  },
  {
    name: "owner",
    use: inOwnWorkspace,
    faces: [
      at("/admin/audit"),
      at("/admin/usage"),
      at("/admin/usage?range=24h&by=key"),
      at("/admin/usage?range=period&by=project"),
      at("/admin/audit?who=nobody-is-called-so"),
      at("/insight?assignee=none"),
      at("/admin/audit?from=yesterday"),
      {
        name: "/admin/audit, a record open",
        open: async (page) => {
          await page.goto("/admin/audit?what=workspace.created");
          await page.getByText("Created the workspace").last().click();
          await expect(page.getByRole("table", { name: "What changed" })).toBeVisible();
        },
      },
      at("/inbox"),
      at("/inbox/mail"),
      at("/labels"),
      {
        name: "a label, to be deleted",
        open: async (page) => {
          await page.goto("/labels");
          await page.getByLabel("Name").fill(`label ${randomUUID().slice(0, 8)}`);
          await page.getByRole("button", { name: "Add label" }).click();
          await page.getByRole("link", { name: /^Edit label/ }).first().click();
          await page.getByRole("link", { name: "Merge into another label, or delete" }).click();
          await expect(page.getByText("This cannot be undone")).toBeVisible();
        },
      },
      {
        name: "a ticket with all that Markdown can do, and each form of it",
        open: async (page) => {
          const text = "# Heading\n\n- [x] done\n\n> said\n\n```\ncode\n```\n\n|a|b|\n|-|-|\n|c|d|\n\n[link](https://example.org) `code` <b>";
          await new TicketForm(page).create(`Everything ${randomUUID()}`, text);
          const ticket = new TicketPage(page);
          await ticket.comment.fill(text);
          await ticket.addComment.click();
          await page.goto(`${new URL(page.url()).pathname}?edit=labels`);
          await expect(page.getByRole("button", { name: "Save labels" })).toBeVisible();
        },
      },
      at("/projects"),
      at("/projects?shown=archived"),
      at("/projects/new"),
      at("/projects/SUP"),
      at("/projects/SUP/members"),
      at("/projects/SUP/archive"),
      at("/projects/SUP/imports"),
      at("/projects/SUP/imports/new"),
      {
        name: "an import with several pages of problems",
        open: async (page) => {
          await page.goto("/projects/SUP/imports/new");
          const buffer = Buffer.from(`Subject;Urgency\n${"No good;loud\n".repeat(250)}`);
          await page.getByLabel("CSV file").setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer });
          await page.getByRole("button", { name: "Upload file" }).click();
          await page.getByRole("button", { name: "Check the rows" }).click();
          await expect(page.getByRole("heading", { name: "Checked", exact: true })).toBeVisible({ timeout: 20_000 });
          await page.goto(`${new URL(page.url()).pathname}?page=2`);
          await expect(page.getByRole("link", { name: "Next" })).toBeVisible();
        },
      },
      at("/admin/branding"),
      at("/account/passkeys/new"),
      at("/admin/members"),
      at("/admin/roles"),
      at("/admin/roles/new"),
      at("/admin/roles/agent"),
      at("/admin/groups"),
      at("/admin/groups/new"),
      at("/admin/members?q=nobody-is-called-so"),
      at("/admin/members/invitations"),
      at("/admin/members/links/new"),
      at("/account/leave"),
      at("/account/security"),
      at("/account/devices"),
      at("/account/password"),
      at("/account/email"),
      at("/confirm?next=/account/email"),
      at("/admin/security"),
      {
        name: "/admin/security with problems",
        open: async (page) => {
          await page.goto("/admin/security");
          await page.getByLabel("Networks").fill("the office");
          await page.getByRole("button", { name: "Save policy" }).click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      at("/admin/plan"),
      at("/admin/settings"),
      at("/admin/settings/transfer"),
      {
        name: "/admin/settings/close with a problem",
        open: async (page) => {
          await page.goto("/admin/settings/close");
          await page.getByLabel("Name of the workspace").fill("not this one");
          await page.getByRole("button", { name: /^Close / }).click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      {
        name: "/admin/members/invite with problems",
        open: async (page) => {
          const members = new MembersPage(page);
          await page.goto("/admin/members/invite");
          await members.emails.fill(`${"long".repeat(12)}@${"long".repeat(12)}.test, ${"nonsense".repeat(9)}`);
          await members.send.click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      {
        name: "the page of a person",
        open: async (page) => {
          await page.goto("/admin/members");
          await page.locator(".member-row__link").first().click();
          await expect(page.getByRole("heading", { name: "Access" })).toBeVisible();
        },
      },
      {
        name: "/admin/branding with problems",
        open: async (page) => {
          const branding = new BrandingPage(page);
          await branding.open();
          await branding.accent.fill("teal");
          await branding.save.click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      at("/admin/api-keys"),
      at("/admin/api-keys/new"),
      at("/api/v1/docs"),
      ...singleSignOn,
      at("/admin/domains"),
      {
        name: "/admin/domains with a claim and problems",
        open: async (page) => {
          const domains = new DomainsPage(page);
          await domains.claim("help.long-name-of-a-customer.example-of-a-company.test");
          await domains.claim("co.uk");
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      {
        name: "/tickets/new with problems",
        open: async (page) => {
          const form = new TicketForm(page);
          await form.open();
          await form.title.fill(" ");
          await form.button.click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      {
        name: "a new ticket with its toast",
        open: (page) => new TicketForm(page).create(`${"Long".repeat(40)} ${randomUUID()}`, "word".repeat(60)),
      },
    ],
  },
  {
    name: "nobody",
    use: { baseURL: inOwnWorkspace.baseURL },
    faces: [
      at("/join?token=none"),
      at("/sso-setup/none"),
      at("/join/link?token=none"),
      at("/reset-password"),
      at("/reset-password/sent"),
      at("/reset-password/new?token=none"),
      at("/verify-email?token=none"),
      {
        name: "/sign-in with a wrong password",
        open: async (page) => {
          const signIn = new SignInPage(page);
          await signIn.open();
          await signIn.submit(newOwner().email, "not my password");
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
    ],
  },
];
