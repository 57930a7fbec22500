import { randomBytes } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";

test.use(inOwnWorkspace);

/** A name that no role or group has yet. */
function called(name: string): string {
  return `${name} ${randomBytes(4).toString("hex")}`;
}

test("a role is made, changed and deleted", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const name = called("Auditor");
  await page.goto("/admin/roles");
  await page.getByRole("link", { name: "New role" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("checkbox", { name: "Read the audit log" }).check();
  await page.getByRole("button", { name: "Create role" }).click();
  await expect(toast(page, "Role created")).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "Read the audit log" })).toBeChecked();
  await expect(page.getByText("Nobody yet.")).toBeVisible();

  await page.getByRole("checkbox", { name: "Read tickets" }).check();
  await page.getByRole("button", { name: "Save role" }).click();
  await expect(toast(page, "Role saved")).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "Read tickets" })).toBeChecked();

  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByLabel("Name of the role").fill("Something else");
  await page.getByLabel("Role in its place").selectOption("Viewer");
  const answer = await answerTo(page, () => page.getByRole("button", { name: `Delete ${name}` }).click());
  expect(answer.status()).toBe(422);
  await expect(summary(page)).toContainText("That is not the name.");
  await expect(page.getByLabel("Role in its place")).toHaveValue("viewer");
  await page.getByLabel("Name of the role").fill(name);
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await expect(toast(page, "Role deleted")).toBeVisible();
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});

test("a name that is taken is said beside its field, and the ticks stay", { tag: "@no-js" }, async ({ page }) => {
  await page.goto("/admin/roles/new");
  await page.getByLabel("Name", { exact: true }).fill("ADMIN");
  await page.getByRole("checkbox", { name: "Read tickets" }).check();
  await page.getByRole("button", { name: "Create role" }).click();
  await expectFieldError(page.getByLabel("Name", { exact: true }), /There is one of this name/);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("ADMIN");
  await expect(page.getByRole("checkbox", { name: "Read tickets" })).toBeChecked();
});

test("a group gets people and loses them", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const name = called("Staff");
  await page.goto("/admin/roles");
  await page.getByRole("navigation", { name: "Roles and groups" }).getByRole("link", { name: "Groups" }).click();
  await page.getByRole("link", { name: "New group" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Role that it gives").selectOption("Viewer");
  await page.getByRole("button", { name: "Create group" }).click();
  await expect(toast(page, "Group created")).toBeVisible();

  const who = page.getByLabel("Email address or name");
  await who.fill("nobody@elsewhere.test");
  await page.getByRole("button", { name: "Add to the group" }).click();
  await expectFieldError(who, /Nobody here has this address or name/);
  await expect(who).toHaveValue("nobody@elsewhere.test");
  await who.fill(workspace.email);
  await page.getByRole("button", { name: "Add to the group" }).click();
  await expect(toast(page, "Added to the group")).toBeVisible();
  await page.getByRole("link", { name: workspace.name, exact: true }).click();
  await expect(page.getByText(`by the group ${name}`)).toBeVisible();
  await page.goBack();

  await page.getByRole("button", { name: `Remove ${workspace.name}` }).click();
  await expect(toast(page, "Removed from the group")).toBeVisible();
  await expect(page.getByText("Nobody is in this group yet.")).toBeVisible();
  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByLabel("Name of the group").fill(name);
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await expect(toast(page, "Group deleted")).toBeVisible();
});

test("a built-in role is read, not changed", { tag: "@no-js" }, async ({ page, workspace }) => {
  await page.goto("/admin/roles");
  await page.getByRole("link", { name: "Owner", exact: true }).click();
  await page.waitForURL("**/admin/roles/owner");
  await expect(page.getByText("Own the workspace")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save role" })).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("link", { name: workspace.name, exact: true })).toBeVisible();
});
