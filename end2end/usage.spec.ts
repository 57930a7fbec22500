import { readFile } from "node:fs/promises";
import { expect, inOwnWorkspace, signedInAs, test } from "./fixtures.ts";
import { program, rowhouse } from "./operator.ts";
import { ErrorPage } from "./pages/error.ts";
import { Chart } from "./pages/insight.ts";
import { TicketForm } from "./pages/tickets.ts";

const sum = (figures: number[]) => figures.reduce((all, figure) => all + figure, 0);

test.describe("an owner", () => {
  test.use(inOwnWorkspace);

  test("sees what was used, by hour and by month, as charts, tables and files", { tag: ["@no-js"] }, async ({ page, workspace }) => {
    test.skip(!program, "the tests cannot have usage added up");
    await new TicketForm(page).create("Counted");
    // Servers add up once a minute. What still runs elsewhere in the database may hold that back.
    const period = page.getByRole("table", { name: /^What was used in this period/ });
    const opened = period.getByRole("row", { name: /^Tickets opened/ }).getByRole("cell").first();
    await expect(async () => {
      await rowhouse("usage", "rebuild", "--tenant", workspace.slug);
      await page.goto("/admin/usage?range=24h&by=project");
      await expect(opened).toHaveText(/^[1-9][\d,]*$/, { timeout: 500 });
    }).toPass({ timeout: 20_000 });

    const tickets = new Chart(page.getByRole("figure", { name: "Tickets opened" }));
    await expect(tickets.figure.getByText(/in all, at most [\d,]+ in one hour\.$/).first()).toBeVisible();
    let hours: number[] = [];
    // The page and its file are read one after the other: once more where an hour ends, or is added up, in between.
    await expect(async () => {
      await page.goto("/admin/usage?range=24h&by=project");
      await tickets.openTable();
      hours = await tickets.column(1);
      const [download] = await Promise.all([page.waitForEvent("download"), tickets.export.click()]);
      expect(download.suggestedFilename()).toMatch(/-usage-ticket-24h-\d{4}-\d\d-\d\d\.csv$/);
      const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
      expect(lines[0]).toBe('"Hour","Tickets opened"');
      expect(lines.slice(1).map((line) => Number(line.split(",")[1].replaceAll('"', "")))).toEqual(hours);
    }).toPass({ timeout: 20_000 });
    expect(hours).toHaveLength(24);
    expect(sum(hours)).toBeGreaterThan(0);

    // Of the projects, the one that it is in.
    const projects = new Chart(page.getByRole("figure", { name: "By project" }));
    await expect(projects.table.locator("tbody th").first()).toHaveText(/^[A-Z][A-Z0-9]+ /);
    expect(sum(await projects.column(1))).toBeGreaterThan(0);

    await page.getByRole("navigation", { name: "Time" }).getByRole("link", { name: "12 months" }).click();
    await expect(page).toHaveURL(/range=12m&by=project$/);
    await tickets.openTable();
    await expect(tickets.table.locator("tbody tr")).toHaveCount(12);
    expect(sum(await tickets.column(1))).toBeGreaterThanOrEqual(sum(hours));
  });
});

test.describe("a member", () => {
  test.use(signedInAs("member@initech.test"));

  test("has no way to the figures", async ({ page }) => {
    const response = await page.goto("/admin/usage");
    await new ErrorPage(page).expectFor(response, 403, "You may not do this");
    await expect(page.getByRole("link", { name: "Usage", includeHidden: true })).toHaveCount(0);
  });
});
