import { expect, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast, typeUntil } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SignUpPage } from "./pages/sign-up.ts";
import { newOwner } from "./sessions.ts";
import { apex, home } from "./sites.ts";

test("a company signs up and lands signed in on its own host", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const owner = newOwner();
  await page.goto(apex);
  await page.getByRole("link", { name: "Create a workspace" }).click();
  const signUp = new SignUpPage(page);
  await signUp.fill(owner);
  await signUp.submit();

  await expect(page).toHaveURL(`${home(owner.slug)}/tickets`);
  await expect(toast(page, "Your workspace is ready")).toBeVisible();
  await expect(page).toHaveTitle(`Tickets · ${owner.workspace}`);
  await expect(page.getByRole("heading", { name: "No tickets yet" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Create the first ticket" })).toBeVisible();
  const shell = new Shell(page);
  await shell.openSidebar();
  await expect(shell.person).toContainText(owner.name);

  await page.reload();
  await expect(page.getByRole("heading", { name: "No tickets yet" })).toBeVisible();
  await expect(toast(page, "Your workspace is ready")).toHaveCount(0);
});

test("the link that signs the owner in works once", async ({ page, context }) => {
  const owner = newOwner();
  const signUp = new SignUpPage(page);
  await signUp.open();
  await signUp.fill(owner);
  const arrival = page.waitForRequest((request) => new URL(request.url()).pathname === "/welcome");
  await signUp.submit();
  const link = (await arrival).url();
  await page.waitForURL(`${home(owner.slug)}/tickets`);

  await context.clearCookies();
  await page.goto(link);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("the address is checked while one types", { tag: "@phone" }, async ({ page }) => {
  const { slug } = newOwner();
  const signUp = new SignUpPage(page);
  await signUp.open();
  const says = (text: string) => page.getByRole("status").filter({ hasText: text });

  await typeUntil(signUp.address, "acme", says("“acme” is taken. Choose another address."));
  await expect(signUp.address).toHaveAttribute("aria-invalid", "true");
  await signUp.address.fill(slug);
  await expect(says(`${slug}.${new URL(apex).host} is free.`)).toBeVisible();
  await expect(signUp.address).not.toHaveAttribute("aria-invalid");
  await signUp.address.fill("console");
  await expect(says("“console” is reserved. Choose another address.")).toBeVisible();
  await signUp.address.fill("a_b");
  await expect(says("Use only the letters a to z, digits and hyphens, not “_”.")).toBeVisible();
  await signUp.address.fill("");
  await expect(signUp.address).not.toHaveAttribute("aria-invalid");
});

test("a taken address is refused and what was typed stays", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const owner = { ...newOwner(), slug: "acme" };
  const signUp = new SignUpPage(page);
  await signUp.open();
  await signUp.fill(owner);
  const answer = await answerTo(page, () => signUp.submit());

  expect(answer.status()).toBe(422);
  await expect(summary(page)).toContainText("There is a problem");
  await expectFieldError(signUp.address, /“acme” is taken\. Choose another address\.$/);
  await expect(signUp.workspace).toHaveValue(owner.workspace);
  await expect(signUp.address).toHaveValue("acme");
  await expect(signUp.name).toHaveValue(owner.name);
  await expect(signUp.email).toHaveValue(owner.email);
  await expect(signUp.password).toHaveValue("");
});

test("every problem is named beside its field and in a summary that leads there", { tag: "@no-js" }, async ({ page }) => {
  const owner = { ...newOwner(), slug: "console", password: "aaaaaaaaaaaa" };
  const signUp = new SignUpPage(page);
  await signUp.open();
  await signUp.fill(owner);
  await signUp.submit();

  await expect(summary(page)).toContainText("There are 2 problems");
  await expectFieldError(signUp.address, /“console” is reserved\. Choose another address\.$/);
  await expectFieldError(signUp.password, /Do not use your name, your email address or one letter over and over\.$/);
  await expect(signUp.workspace).toHaveValue(owner.workspace);
  await summary(page).getByRole("link", { name: "Do not use your name, your email address" }).click();
  await expect(signUp.password).toBeFocused();
});
