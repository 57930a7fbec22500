import { randomInt } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { newPerson } from "./people.ts";

test.use(inOwnWorkspace);

/** A key that no project has yet. */
function newKey(): string {
  return `T${randomInt(36 ** 6).toString(36).padStart(6, "0")}`.toUpperCase();
}

async function create(page: Page, key: string, access: "Everybody in the workspace" | "Members only") {
  await page.goto("/projects/new");
  await page.getByLabel("Name", { exact: true }).fill(`Project ${key}`);
  await page.getByRole("textbox", { name: /^Key/ }).fill(key.toLowerCase());
  await page.getByLabel("Who is in it").selectOption(access);
  await page.getByRole("button", { name: "Create project" }).click();
  await expect(toast(page, "Project created")).toBeVisible();
}

test("a project is made, changed, archived and restored", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const key = newKey();
  await page.goto("/tickets");
  const shell = new Shell(page);
  await shell.openSidebar();
  await shell.sidebar.getByRole("link", { name: "Projects" }).click();
  await page.getByRole("link", { name: "New project" }).click();
  await expect(page.getByRole("textbox", { name: /^Key/ })).toHaveAccessibleDescription(/cannot be changed later/);
  await create(page, key, "Everybody in the workspace");
  await expect(page).toHaveURL(new RegExp(`/projects/${key}$`));
  await expect(page.getByText(`Its tickets are called ${key}-1`)).toBeVisible();

  await page.getByLabel("Name", { exact: true }).fill(`Renamed ${key}`);
  await page.getByLabel("Description").fill("What it is for.");
  await page.getByRole("button", { name: "Save project" }).click();
  await expect(toast(page, "Project saved")).toBeVisible();
  await expect(page.getByRole("heading", { name: `Renamed ${key}` })).toBeVisible();

  await page.getByRole("link", { name: "Archive…" }).click();
  await page.getByLabel("Key of the project").fill("SUP");
  const answer = await answerTo(page, () => page.getByRole("button", { name: /^Archive/ }).click());
  expect(answer.status()).toBe(422);
  await expectFieldError(page.getByLabel("Key of the project"), /This is not the project’s key\./);
  await page.getByLabel("Key of the project").fill(key);
  await page.getByRole("button", { name: /^Archive/ }).click();
  await expect(toast(page, "Project archived")).toBeVisible();
  await expect(page.getByText("This project is archived")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save project" })).toHaveCount(0);

  await page.goto("/projects");
  await expect(page.getByRole("link", { name: `Renamed ${key}`, exact: true })).toHaveCount(0);
  await page.getByRole("navigation", { name: "Which projects" }).getByRole("link", { name: "Archived" }).click();
  await page.getByRole("link", { name: `Renamed ${key}`, exact: true }).click();
  await page.getByRole("button", { name: "Restore project" }).click();
  await expect(toast(page, "Project restored")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save project" })).toBeVisible();
});

test("what is wrong is said beside its field and what was typed stays", { tag: "@no-js" }, async ({ page }) => {
  const key = newKey();
  await create(page, key, "Everybody in the workspace");
  await page.goto("/projects/new");
  await page.getByLabel("Name", { exact: true }).fill("Another");
  await page.getByRole("textbox", { name: /^Key/ }).fill(key);
  await page.getByLabel("Who is in it").selectOption("Members only");
  await page.getByRole("button", { name: "Create project" }).click();
  await expectFieldError(page.getByRole("textbox", { name: /^Key/ }), new RegExp(`The project “Project ${key}” has this key`));
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Another");
  await expect(page.getByLabel("Who is in it")).toHaveValue("members");
});

test("two who change the same project both see what the other did", { tag: "@no-js" }, async ({ page, context }) => {
  const key = newKey();
  await create(page, key, "Everybody in the workspace");
  const other = await context.newPage();
  await other.goto(`/projects/${key}`);

  await page.getByLabel("Name", { exact: true }).fill(`Mine ${key}`);
  await page.getByRole("button", { name: "Save project" }).click();
  await expect(toast(page, "Project saved")).toBeVisible();

  await other.getByLabel("Name", { exact: true }).fill(`Theirs ${key}`);
  await other.getByLabel("Description").fill("Their words.");
  const answer = await answerTo(other, () => other.getByRole("button", { name: "Save project" }).click());
  expect(answer.status()).toBe(409);
  await expect(other.getByText("Somebody else changed this project in the meantime")).toBeVisible();
  await expect(other.getByText(`Name: “Mine ${key}”`)).toBeVisible();
  await expect(other.getByLabel("Name", { exact: true })).toHaveValue(`Theirs ${key}`);
  await expect(other.getByLabel("Description")).toHaveValue("Their words.");
  await other.getByRole("button", { name: "Save project" }).click();
  await expect(toast(other, "Project saved")).toBeVisible();
  await expect(other.getByRole("heading", { name: `Theirs ${key}` })).toBeVisible();
});

test("members only: somebody comes in, gets another role, and goes", async ({ page, browser, workspace }) => {
  const key = newKey();
  const nina = await newPerson(page, browser, workspace);
  try {
    await create(page, key, "Members only");
    const hidden = await nina.page.goto(`/projects/${key}`);
    expect(hidden?.status()).toBe(404);

    await page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Members" }).click();
    await page.getByLabel("Name or email address").fill(nina.email);
    await page.getByLabel("Role", { exact: true }).selectOption("Viewer");
    await page.getByRole("button", { name: "Add to the project" }).click();
    await expect(toast(page, "Added to the project")).toBeVisible();
    await nina.page.goto(`/projects/${key}`);
    await expect(nina.page.getByText("Reads the project’s tickets.")).toBeVisible();
    await expect(nina.page.getByRole("button", { name: "Save project" })).toHaveCount(0);

    await page.getByLabel("Role of Nina Park").selectOption("Lead");
    await page.getByRole("button", { name: "Change the role of Nina Park" }).click();
    await expect(toast(page, "Role changed")).toBeVisible();
    await nina.page.reload();
    await expect(nina.page.getByRole("button", { name: "Save project" })).toBeVisible();

    await page.getByRole("button", { name: "Remove Nina Park" }).click();
    await expect(toast(page, "Removed from the project")).toBeVisible();
    expect((await nina.page.reload())?.status()).toBe(404);

    // Its last lead stays.
    const answer = await answerTo(page, () => page.getByRole("button", { name: /^Remove / }).click());
    expect(answer.status()).toBe(422);
    await expect(summary(page)).toContainText("They are the last lead of a project of members only.");
  } finally {
    await nina.context.close();
  }
});

test("members are added and removed", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const key = newKey();
  await create(page, key, "Everybody in the workspace");
  await page.goto(`/projects/${key}/members`);
  await page.getByRole("button", { name: `Remove ${workspace.name}` }).click();
  await expect(toast(page, "Removed from the project")).toBeVisible();
  await expect(page.getByText("Nobody is listed yet.")).toBeVisible();
  const who = page.getByLabel("Name or email address");
  await who.fill("nobody@elsewhere.test");
  await page.getByRole("button", { name: "Add to the project" }).click();
  await expectFieldError(who, /Nobody in this workspace has this name or address/);
  await expect(who).toHaveValue("nobody@elsewhere.test");
  await who.fill(workspace.email);
  await page.getByRole("button", { name: "Add to the project" }).click();
  await expect(toast(page, "Added to the project")).toBeVisible();
  await expect(page.getByLabel(`Role of ${workspace.name}`)).toHaveValue("contributor");
});
