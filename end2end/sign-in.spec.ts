import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { summary, toast } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { TicketList } from "./pages/tickets.ts";
import { newOwner } from "./sessions.ts";

// In the worker's own workspace, so that no attempt counts against the demo accounts; signed out.
test.use({ baseURL: inOwnWorkspace.baseURL });

test("sign in wrong, then right, and sign out", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const signIn = new SignInPage(page);
  await signIn.open();
  await expect(signIn.heading).toHaveText(`Sign in to ${workspace.workspace}`);
  const answer = await answerTo(page, () => signIn.submit(workspace.email, "not my password"));
  expect(answer.status()).toBe(422);
  await expect(summary(page)).toContainText("That email and password do not match");
  await expect(signIn.email).toHaveValue(workspace.email);
  await expect(signIn.password).toHaveValue("");

  // Case and space around an address are no difference.
  await signIn.submit(workspace.email.toUpperCase(), workspace.password);
  await expect(page).toHaveURL(`${workspace.url}/tickets`);
  const shell = new Shell(page);
  await shell.signOut();
  await expect(toast(page, "You are signed out")).toBeVisible();
  await expect(signIn.heading).toBeVisible();
  await new TicketList(page).open();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test("an unknown address gets the same answer as a wrong password", { tag: "@no-js" }, async ({ page, workspace }) => {
  const signIn = new SignInPage(page);
  const answers: string[] = [];
  for (const email of [workspace.email, newOwner().email]) {
    await signIn.open();
    await signIn.submit(email, "not my password");
    await expect(summary(page)).toBeVisible();
    // All of the page, and as its script leaves it.
    await page.waitForLoadState();
    answers.push((await page.locator("main").innerHTML()).replaceAll(email, "somebody"));
  }
  expect(answers[1]).toBe(answers[0]);
});

test("signing in leads back to the page that asked for it", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  await page.goto("/tickets?status=open&q=a%26b");
  const signIn = new SignInPage(page);
  // A failed attempt does not lose the way.
  await signIn.submit(workspace.email, "not my password");
  await expect(summary(page)).toBeVisible();
  await signIn.submit(workspace.email, workspace.password);
  await expect(page).toHaveURL(`${workspace.url}/tickets?status=open&q=a%26b`);
});

test("signing in leads nowhere else", { tag: "@no-js" }, async ({ page, workspace }) => {
  const signIn = new SignInPage(page);
  await signIn.open("?next=//globex.localhost/tickets");
  await signIn.submit(workspace.email, workspace.password);
  await expect(page).toHaveURL(`${workspace.url}/tickets`);
});

test("too many attempts on an account are paused, on others not", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const signIn = new SignInPage(page);
  const victim = newOwner().email;
  await signIn.open();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const answer = await answerTo(page, () => signIn.submit(victim, "not my password"));
    expect(answer.status(), `attempt ${attempt}`).toBe(422);
  }
  const answer = await answerTo(page, () => signIn.submit(victim, "not my password"));
  expect(answer.status()).toBe(429);
  expect(Number(answer.headers()["retry-after"])).toBeGreaterThan(0);
  await expect(summary(page)).toContainText("Too many attempts");
  await expect(summary(page)).toContainText(/Try again in \d+ (seconds?|minutes)\./);
  await expect(signIn.email).toHaveValue(victim);

  await signIn.submit(workspace.email, workspace.password);
  await expect(page).toHaveURL(`${workspace.url}/tickets`);
});
