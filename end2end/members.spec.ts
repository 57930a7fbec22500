import { randomBytes } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { summary, toast } from "./pages/form.ts";
import { MembersPage, linkMailedTo } from "./pages/members.ts";

test.use(inOwnWorkspace);

/** An address that nobody has yet. */
function somebody(name = "nora"): string {
  return `${name}-${randomBytes(5).toString("hex")}@elsewhere.test`;
}

test("a person is invited, joins, gets another role and is removed", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  const members = new MembersPage(page);
  const email = somebody();
  const name = `Nora ${email.slice(5, 15)}`;
  await members.open();
  await members.invite.click();
  await members.emails.fill(`${name} <${email}>`);
  await members.role.selectOption("Viewer");
  await members.send.click();
  await expect(toast(page, "Invitations sent")).toBeVisible();
  await expect(page.getByRole("cell", { name: email, exact: true })).toBeVisible();

  const other = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  try {
    const newcomer = await other.newPage();
    const link = await linkMailedTo(newcomer.request, email);
    await newcomer.goto(link);
    await expect(newcomer.getByText(`${workspace.name} invites you to ${workspace.workspace} as Viewer.`)).toBeVisible();
    await newcomer.getByLabel("Your name").fill(name);
    await newcomer.getByLabel("Choose a password").fill("correct horse battery");
    await newcomer.getByRole("button", { name: /^Join/ }).click();
    await newcomer.waitForURL(`${workspace.url}/tickets`);
    await expect(newcomer.getByRole("link", { name: "New ticket" })).toHaveCount(0);
    await newcomer.goto(link);
    await expect(newcomer.getByRole("heading", { name: "This invitation was accepted already" })).toBeVisible();

    await members.open();
    await members.search.fill(email);
    await members.show.click();
    await members.person(name).click();
    await page.getByLabel("Role given directly").selectOption("Agent");
    await page.getByRole("button", { name: "Change role" }).click();
    await expect(toast(page, "Role changed")).toBeVisible();
    // From the next request on.
    await newcomer.goto(`${workspace.url}/tickets`);
    await expect(newcomer.getByRole("link", { name: "New ticket" }).first()).toBeVisible();

    await page.getByRole("link", { name: "Remove…" }).click();
    await page.getByLabel("Email of the person").fill(workspace.email);
    const answer = await answerTo(page, () => page.getByRole("button", { name: `Remove ${name}` }).click());
    expect(answer.status()).toBe(422);
    await expect(summary(page)).toContainText("That is not the email address of the person.");
    await page.getByLabel("Email of the person").fill(email);
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await expect(toast(page, "Member removed")).toBeVisible();
    await newcomer.goto(`${workspace.url}/tickets`);
    await expect(newcomer).toHaveURL(/\/sign-in/);
  } finally {
    await other.close();
  }
});

test("pasted addresses with mistakes stay, and each mistake is named", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const members = new MembersPage(page);
  await page.goto("/admin/members/invite");
  const typed = `${somebody()}, nonsense\n${workspace.email}`;
  await members.emails.fill(typed);
  const answer = await answerTo(page, () => members.send.click());
  expect(answer.status()).toBe(422);
  await expect(summary(page)).toContainText("There are 2 problems");
  await expect(summary(page)).toContainText("nonsense: An email address looks like");
  await expect(summary(page)).toContainText(`${workspace.email}: This person is a member already.`);
  await expect(members.emails).toHaveValue(typed);
  await expect(members.send).toHaveText("Send 3 invitations");
});

test("a link is shown once, asks for an address, and is revoked", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  await page.goto("/admin/members/links/new");
  await page.getByRole("button", { name: "Create link" }).click();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  expect(link).toContain(`${workspace.url}/join/link?token=`);

  const other = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  try {
    const newcomer = await other.newPage();
    const email = somebody("paul");
    await newcomer.goto(link);
    await newcomer.getByLabel("Your name").fill("Paul New");
    await newcomer.getByLabel("Email", { exact: true }).fill(email);
    await newcomer.getByRole("button", { name: "Send me the invitation" }).click();
    await expect(newcomer.getByRole("heading", { name: "Check your mail" })).toBeVisible();
    await newcomer.goto(await linkMailedTo(newcomer.request, email));
    await expect(newcomer.getByLabel("Your name")).toHaveValue("Paul New");

    await page.getByRole("link", { name: "Done" }).click();
    await page.getByRole("table", { name: /^Links/ }).getByRole("link", { name: /^Revoke/ }).first().click();
    await page.getByRole("button", { name: "Revoke link" }).click();
    await expect(toast(page, "Link revoked")).toBeVisible();
    await newcomer.goto(link);
    await expect(newcomer.getByRole("heading", { name: "This link does not work" })).toBeVisible();
  } finally {
    await other.close();
  }
});

test("the last owner stays", { tag: "@no-js" }, async ({ page, workspace }) => {
  const members = new MembersPage(page);
  await members.open();
  await members.search.fill(workspace.email);
  await members.show.click();
  await members.person(workspace.name).click();
  await page.getByLabel("Role given directly").selectOption("Viewer");
  await page.getByRole("button", { name: "Change role" }).click();
  await expect(summary(page)).toContainText("This is the last active owner. Make somebody else an owner first.");
  await page.goto("/account/leave");
  await page.getByLabel("Your email").fill(workspace.email);
  await page.getByRole("button", { name: `Leave ${workspace.workspace}` }).click();
  await expect(summary(page)).toContainText("This is the last active owner.");
});
