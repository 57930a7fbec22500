import { expect, test } from "./fixtures.ts";
import { letterTo } from "./mail.ts";
import { toast } from "./pages/form.ts";
import { SignUpPage } from "./pages/sign-up.ts";
import { newOwner } from "./sessions.ts";
import { apex, home } from "./sites.ts";

test("a workspace is closed, and its owner opens it again", { tag: "@no-js" }, async ({ page }) => {
  const owner = newOwner();
  await page.goto(`${apex}/sign-up`);
  const signUp = new SignUpPage(page);
  await signUp.fill(owner);
  await signUp.submit();
  await page.waitForURL(`${home(owner.slug)}/tickets`);

  await page.goto(`${home(owner.slug)}/admin/settings`);
  await page.getByRole("link", { name: "Close workspace" }).click();
  await page.getByLabel("Name of the workspace").fill(owner.slug);
  await page.getByRole("button", { name: /^Close / }).click();
  await expect(page.getByRole("heading", { name: `${owner.workspace} is closed` })).toBeVisible();
  const letter = await letterTo(owner.email, /will be deleted$/);
  expect(letter.links).toContain(`${home(owner.slug)}/closing`);

  await page.goto(`${home(owner.slug)}/tickets`);
  await expect(page.getByRole("heading", { name: "This workspace is closed" })).toBeVisible();
  await page.getByRole("link", { name: "I am an owner" }).click();
  await page.getByRole("button", { name: "Open it again" }).click();
  await expect(toast(page, "The workspace is open again")).toBeVisible();
  await expect(page).toHaveURL(`${home(owner.slug)}/tickets`);
});
