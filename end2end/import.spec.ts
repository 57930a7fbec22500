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
  await expect(page.getByText("1 ticket of 1 removed.")).toBeVisible();
});
