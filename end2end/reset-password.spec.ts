import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { letterTo } from "./mail.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { newPerson } from "./people.ts";
import { newOwner } from "./sessions.ts";

test.use(inOwnWorkspace);

const fresh = "seven purple bicycles";

test("a forgotten password is replaced by a link in a mail", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  const other = await browser.newContext({ baseURL: workspace.url, storageState: { cookies: [], origins: [] } });
  try {
    const forgetful = await other.newPage();
    await forgetful.goto("/sign-in");
    await forgetful.getByRole("link", { name: "Forgot your password?" }).click();
    await forgetful.getByLabel("Your email").fill(person.email);
    await forgetful.getByRole("button", { name: "Send the link" }).click();
    await expect(forgetful.getByRole("heading", { name: "Check your mail" })).toBeVisible();
    const [link] = (await letterTo(person.email, /^Choose a new password/)).links;

    await forgetful.goto(link ?? "");
    const password = forgetful.getByLabel("New password");
    await password.fill("qwertyuiop");
    const answer = await answerTo(forgetful, () => forgetful.getByRole("button", { name: "Save the new password" }).click());
    expect(answer.status()).toBe(422);
    await expectFieldError(password, /easy to guess/);
    await expect(summary(forgetful)).toBeVisible();
    await password.fill(fresh);
    await forgetful.getByRole("button", { name: "Save the new password" }).click();
    await expect(toast(forgetful, "Password saved. Sign in with it.")).toBeVisible();
    const signIn = new SignInPage(forgetful);
    await signIn.submit(person.email, fresh);
    await expect(forgetful).toHaveURL(`${workspace.url}/tickets`);

    await forgetful.goto(link ?? "");
    await expect(forgetful.getByRole("heading", { name: "This link does not work any more" })).toBeVisible();
    await person.page.goto("/tickets");
    await expect(person.page, "signed out everywhere").toHaveURL(/\/sign-in/);
  } finally {
    await other.close();
    await person.context.close();
  }
});

test("whoever has no account sees the same", { tag: "@no-js" }, async ({ page }) => {
  await page.goto("/reset-password");
  await page.getByLabel("Your email").fill(newOwner().email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
});
