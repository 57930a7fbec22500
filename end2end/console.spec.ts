import { expect, test } from "./fixtures.ts";
import { atTheConsole, consoleUrl, operator, showPassword } from "./console.ts";
import { expectFieldError, toast } from "./pages/form.ts";
import { SignUpPage } from "./pages/sign-up.ts";
import { newOwner } from "./sessions.ts";
import { apex, home } from "./sites.ts";

test.use(atTheConsole);

test("a password alone opens nothing, and a recovery code stands in for the app", async ({ browser }, info) => {
  const { codes } = await operator(browser, info.project.outputDir);
  const context = await browser.newContext({ baseURL: consoleUrl, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await showPassword(page);
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto("/sign-in/second-factor");
  await page.getByRole("textbox", { name: "Code" }).fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expectFieldError(page.getByRole("textbox", { name: "Code" }), /not right/);
  await page.getByRole("link", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Tenants" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(toast(page, "You are signed out")).toBeVisible();
  await page.goto("/audit");
  await expect(page).toHaveURL(/\/sign-in\?next=%2Faudit$/);
  await context.close();
});

test("a tenant is found and shown", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await page.goto("/");
  await expect(page.getByText("Sorted by address")).toBeVisible();
  await page.getByRole("textbox", { name: "Name, domain, tenant or customer id" }).fill("acme");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("link", { name: "Acme Manufacturing" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Acme Manufacturing" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Business" })).toBeVisible();
  await page.getByRole("link", { name: "12 months" }).click();
  await expect(page).toHaveURL(/range=12m/);
  await page.goto("/audit?tenant=acme");
  await expect(page.getByRole("rowheader", { name: /^Tenant read/ }).first()).toBeVisible();
});

test("a workspace is given an override, suspended and let go on", async ({ page, browser }) => {
  const owner = newOwner();
  const theirs = await browser.newContext({ baseURL: apex, storageState: { cookies: [], origins: [] } });
  const workspace = await theirs.newPage();
  const signUp = new SignUpPage(workspace);
  await signUp.open();
  await signUp.fill(owner);
  await signUp.submit();
  await workspace.waitForURL(`${home(owner.slug)}/tickets`);

  await page.goto(`/tenants/${owner.slug}`);
  await page.getByRole("link", { name: "Add override" }).click();
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Seats" });
  await page.getByLabel("Value").fill("many");
  await page.getByLabel("Reason").fill("A pilot");
  await page.getByRole("button", { name: "Add override" }).click();
  await expectFieldError(page.getByLabel("Value"), /whole number/);
  await page.getByLabel("Value").fill("42");
  await page.getByRole("button", { name: "Add override" }).click();
  await expect(toast(page, "Override added")).toBeVisible();
  await expect(page.getByRole("rowheader", { name: "seats: 42" })).toBeVisible();
  const changes = page.getByRole("region", { name: "What was changed" }).locator(".console__change");
  await expect(changes.first()).toContainText("Override of Seats: 42");
  await expect(changes.first()).toContainText("Reason: A pilot");
  await workspace.goto(`${home(owner.slug)}/admin/plan`);
  await expect(workspace.getByText("1 of 42")).toBeVisible();

  await page.getByRole("link", { name: "Suspend" }).click();
  await page.getByLabel("Reason").fill("A test");
  await page.getByLabel("Name of the workspace’s address").fill("another");
  await page.getByRole("button", { name: `Suspend ${owner.slug}` }).click();
  await expectFieldError(page.getByLabel("Name of the workspace’s address"), /to confirm/);
  await page.getByLabel("Name of the workspace’s address").fill(owner.slug);
  await page.getByRole("button", { name: `Suspend ${owner.slug}` }).click();
  await expect(toast(page, "Workspace suspended")).toBeVisible();
  await expect(page.getByText("Suspended: A test")).toBeVisible();
  await workspace.goto(`${home(owner.slug)}/tickets`);
  await expect(workspace.getByRole("heading", { name: "This workspace is suspended" })).toBeVisible();

  await page.getByRole("link", { name: "Let it go on" }).click();
  await page.getByLabel("Reason").fill("Done");
  await page.getByLabel("Name of the workspace’s address").fill(owner.slug);
  await page.getByRole("button", { name: `Let ${owner.slug} go on` }).click();
  await expect(toast(page, "Workspace goes on")).toBeVisible();
  await workspace.goto(`${home(owner.slug)}/tickets`);
  await expect(workspace.getByRole("heading", { level: 1, name: "Tickets" })).toBeVisible();
  await theirs.close();
});
