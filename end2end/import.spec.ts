import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";

test.use(inOwnWorkspace);

/** A server looks for work every few seconds, and the page is as it was when it was opened. */
async function until(page: Page, state: string) {
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("heading", { name: state, exact: true })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

test("a file is checked, imported, exported and undone", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const title = `Printer ${randomUUID()}`;
  const content = `Subject;Urgency\n${title};high\nNo good;loud\n`;
  await page.goto("/projects/SUP");
  await page.getByRole("link", { name: "Import tickets from a file" }).click();
  await page.getByRole("link", { name: "Import a file" }).click();
  await page.getByLabel("CSV file").setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
  await page.getByRole("button", { name: "Upload file" }).click();
  await expect(page.getByLabel("Subject")).toHaveValue("title");
  await expect(page.getByLabel("Urgency")).toHaveValue("priority");
  await page.getByRole("button", { name: "Check the rows" }).click();

  await until(page, "Checked");
  const problem = page.getByRole("row").filter({ hasText: "“loud” is not known" });
  await expect(problem.getByRole("rowheader")).toHaveText("3");
  await page.getByRole("button", { name: "Import the rows without problems" }).click();
  await until(page, "Imported");
  const download = page.waitForEvent("download");
  // It never arrives at a page: it is saved.
  await page.goto("/tickets/export?format=csv&project=SUP").catch(() => undefined);
  expect(await readFile(await (await download).path(), "utf8")).toContain(`"${title}"`);

  await page.getByRole("button", { name: "Delete the imported tickets" }).click();
  await until(page, "Undone");
  // Where the page saw the end of it itself, it says so to listeners too.
  await expect(page.locator("#state-words")).toHaveText("1 ticket of 1 removed.");
});

test("an open page says how far an import is, and when it is done", async ({ page }) => {
  test.slow();
  const rows = Array.from({ length: 1500 }, (_, place) => `Printer ${place}`);
  await page.goto("/projects/SUP/imports/new");
  const buffer = Buffer.from(`Subject;Urgency\n${rows.join(";\n")};\nNo good;loud\n`);
  await page.getByLabel("CSV file").setInputFiles({ name: "old.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Upload file" }).click();
  await expect(page.getByLabel("Subject")).toHaveValue("title");
  const state = page.locator("#state-title");
  let loads = 0;
  page.on("load", () => (loads += 1));

  for (const [button, begun, ended] of [
    ["Check the rows", "Checking", "Checked"],
    ["Import the rows without problems", "Importing", "Imported"],
    ["Delete the imported tickets", "Undoing", "Undone"],
  ] as const) {
    // Without a look of this test's own at how far it is.
    await page.waitForLoadState();
    loads = 0;
    await page.getByRole("button", { name: button }).click();
    await expect(state).toHaveText(new RegExp(`${begun}|${ended}`));
    await page.waitForLoadState();
    await expect(state).toHaveText(ended, { timeout: 30_000 });
    await expect(page.getByRole("link", { name: "Show how far it is now" })).toHaveCount(0);
    expect(loads, "the page was not loaded anew").toBe(1);
  }
  await expect(page.locator("p[role=status]").filter({ hasText: "1,500 tickets of 1,500 removed." })).toHaveCount(1);
  await expect(page.locator("#import")).not.toHaveAttribute("data-progress");
});
