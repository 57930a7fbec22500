// People of a workspace that a test may do with as it likes: the workspace's owner is shared by all tests of a worker.

import { randomBytes } from "node:crypto";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { MembersPage, linkMailedTo } from "./pages/members.ts";
import type { Workspace } from "./sessions.ts";

/** Somebody with an account, signed in with a browser of their own. */
export interface Person {
  email: string;
  password: string;
  context: BrowserContext;
  page: Page;
}

/** Invites somebody and joins as them. `owner` is a page of the workspace's owner. */
export async function newPerson(owner: Page, browser: Browser, workspace: Workspace): Promise<Person> {
  const email = `nina-${randomBytes(5).toString("hex")}@elsewhere.test`;
  const password = "correct horse battery";
  const members = new MembersPage(owner);
  await owner.goto(`${workspace.url}/admin/members/invite`);
  await members.emails.fill(email);
  await members.role.selectOption("Agent");
  await members.send.click();
  await owner.waitForURL("**/admin/members/invitations**");

  const context = await browser.newContext({ baseURL: workspace.url, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto(await linkMailedTo(page.request, email));
  await page.getByLabel("Your name").fill("Nina Park");
  await page.getByLabel("Choose a password").fill(password);
  await page.getByRole("button", { name: /^Join/ }).click();
  await page.waitForURL("**/tickets");
  return { email, password, context, page };
}
