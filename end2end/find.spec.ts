import { expect, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError } from "./pages/form.ts";
import { newOwner } from "./sessions.ts";
import { apex } from "./sites.ts";

test.use({ baseURL: apex });

test("the answer is the same for a known and an unknown address", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const unknown = newOwner().email;
  const answers: string[] = [];
  for (const email of ["owner@acme.test", unknown]) {
    await page.goto("/find");
    await page.getByLabel("Your email").fill(email);
    await page.getByRole("button", { name: "Send the list" }).click();
    await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
    await expect(page.getByText(email)).toBeVisible();
    // All of the page.
    await page.waitForLoadState();
    answers.push((await page.locator("main").innerHTML()).replaceAll(email, "somebody"));
  }
  expect(answers[1]).toBe(answers[0]);
});

test("the mail lists the workspaces of the address", async ({ page }) => {
  await page.goto("/find");
  await page.getByLabel("Your email").fill("member@globex.test");
  await page.getByRole("button", { name: "Send the list" }).click();
  await page.getByRole("link", { name: "see what would be sent" }).click();
  const mail = page.getByRole("article").filter({ hasText: "To member@globex.test" }).first();
  await expect(mail).toContainText(`globex.${new URL(apex).host}`);
  await expect(mail).not.toContainText(`acme.${new URL(apex).host}`);
});

test("an address that gets no mail is named, and stays", { tag: "@no-js" }, async ({ page }) => {
  await page.goto("/find");
  const email = page.getByLabel("Your email");
  // Browsers take it for an address.
  await email.fill("dana@pets");
  const answer = await answerTo(page, () => page.getByRole("button", { name: "Send the list" }).click());
  expect(answer.status()).toBe(422);
  await expectFieldError(email, /An email address looks like name@company\.example\.$|is not a domain that gets mail\.$/);
  await expect(email).toHaveValue("dana@pets");
});
