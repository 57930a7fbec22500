import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";

test.use(inOwnWorkspace);

test("the policy is saved, and what would lock oneself out is not", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await page.goto("/admin/security");
  const networks = page.getByLabel("Networks");
  const save = page.getByRole("button", { name: "Save policy" });
  await networks.fill("198.51.100.0/24");
  const answer = await answerTo(page, () => save.click());
  expect(answer.status()).toBe(422);
  await expectFieldError(networks, /you would lock yourself out/);
  await expect(networks).toHaveValue(/198\.51\.100\.0\/24/);

  await networks.fill("");
  await page.getByLabel("Password", { exact: true }).uncheck();
  await save.click();
  await expect(summary(page)).toContainText("You are signed in this way yourself");
  await page.getByLabel("Password", { exact: true }).check();
  await page.getByLabel("Least length").fill("12");
  await save.click();
  await expect(toast(page, "Policy saved")).toBeVisible();
  await expect(page.getByLabel("Least length")).toHaveValue("12");
  await page.getByLabel("Least length").fill("10");
  await save.click();
  await expect(page.getByLabel("Least length")).toHaveValue("10");
});

test("settings are those of who has not chosen otherwise", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await page.goto("/admin/settings");
  await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(toast(page, "Settings saved")).toBeVisible();
  await page.goto("/account/profile");
  await expect(page.getByText(/^For you it is now .* UTC\+9\.$/)).toBeVisible();
  await page.goto("/admin/settings");
  await page.getByLabel("Time zone").selectOption("UTC");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(toast(page, "Settings saved")).toBeVisible();
});
