import { readFile } from "node:fs/promises";
import { expect, signedInAs, test } from "./fixtures.ts";
import { InsightPage } from "./pages/insight.ts";

// Reads only: the demo tenants are shared by all tests.
test.use(signedInAs("member@acme.test"));

const sum = (figures: number[]) => figures.reduce((all, figure) => all + figure, 0);

test("the sidebar leads to figures that add up", { tag: ["@phone", "@no-js"] }, async ({ page, isMobile, javaScriptEnabled }) => {
  const insight = new InsightPage(page);
  if (isMobile || javaScriptEnabled === false) {
    await insight.open("?range=90d");
  } else {
    await page.goto("/tickets");
    await page.getByRole("link", { name: "Insight" }).click();
    await expect(insight.heading).toBeVisible();
    await insight.ranges.getByRole("link", { name: "90 days" }).click();
  }
  await expect(page).toHaveURL(/range=90d/);
  await expect(insight.ranges.locator("[aria-current=page]")).toHaveText("90 days");
  const flow = insight.chart("Created and resolved");
  await flow.openTable();
  await expect(flow.table.locator("tbody tr")).toHaveCount(90);
  expect(sum(await flow.column(1))).toBe(await insight.tile("Created"));
  expect(sum(await flow.column(2))).toBe(await insight.tile("Resolved"));
  const ages = insight.chart("Open tickets by age");
  await ages.openTable();
  expect(sum(await ages.column(3))).toBe(await insight.tile("Open now"));
});

test("figures are read by hovering", async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open("?range=7d");
  const flow = insight.chart("Created and resolved");
  await expect(flow.slots).toHaveCount(7);
  expect(await flow.seen()).toEqual([]);
  await flow.slots.nth(2).hover();
  const [first] = await flow.seen();
  expect(first).toMatch(/Created: \d+/);
  expect(first).toMatch(/Resolved: \d+/);
  await flow.slots.nth(6).hover();
  const seen = await flow.seen();
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toBe(first);
});

test("figures are read by key: one stop, and arrows within", { tag: ["@no-js"] }, async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open("?range=7d");
  const flow = insight.chart("Created and resolved");
  await insight.show.focus();
  for (let stop = 0; stop < 8; stop += 1) {
    await page.keyboard.press("Tab");
    if (await flow.slots.first().evaluate((slot) => slot === document.activeElement)) break;
  }
  await expect(flow.slots.first()).toBeFocused();
  const [first] = await flow.seen();
  expect(first).toMatch(/Created: \d+/);
  await page.keyboard.press("ArrowRight");
  await expect(flow.slots.nth(1)).toBeFocused();
  const seen = await flow.seen();
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toBe(first);
  // The name of the button is what is read.
  const name = await flow.readings.nth(1).innerText();
  await expect(flow.slots.nth(1)).toHaveAccessibleName(name.replaceAll(/\s+/g, " "));
  await page.keyboard.press("Tab");
  await expect(flow.figure.getByText("Show as a table")).toBeFocused();
});

test("a chart says what it shows", async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open();
  const flow = insight.chart("Created and resolved");
  await expect(flow.drawing).toHaveAccessibleName(/^Created and resolved \d[\d,]* created, \d[\d,]* resolved: /);
});

test("a figure leads to the tickets that it counts", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open("?range=90d");
  const flow = insight.chart("Created and resolved");
  await flow.openTable();
  const link = flow.table.getByRole("link").first();
  await link.click();
  await expect(page).toHaveURL(/\/tickets\?.*created_from=/);
});

test("other days are chosen, checked and kept in the address", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open();
  await insight.ranges.getByRole("link", { name: "Other days" }).click();
  await expect(page.getByLabel("First day")).not.toHaveValue("");
  await page.getByLabel("First day").fill("2026-02-02");
  await page.getByLabel("Last day").fill("2026-02-01");
  await insight.show.click();
  await expect(page.getByRole("alert")).toContainText("The last day is before the first.");
  await expect(page.getByLabel("First day")).toHaveValue("2026-02-02");
  await page.getByLabel("Last day").fill("2026-02-03");
  await insight.show.click();
  // Loaded, too: on a page that has only begun there is no alert either.
  await page.waitForURL(/from=2026-02-02&to=2026-02-03/);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("the chart's file has the figures of its table", { tag: "@no-js" }, async ({ page }) => {
  const insight = new InsightPage(page);
  await insight.open("?range=7d");
  const flow = insight.chart("Created and resolved");
  const [download] = await Promise.all([page.waitForEvent("download"), flow.export.click()]);
  expect(download.suggestedFilename()).toMatch(/^acme-created-resolved-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines[0]).toBe('"Day","Created","Resolved"');
  expect(lines).toHaveLength(8);
  await flow.openTable();
  const created = lines.slice(1).map((line) => Number(line.split(",")[1].replaceAll('"', "")));
  expect(created).toEqual(await flow.column(1));
});

test("charts fit a narrow window, and their words stay readable", { tag: "@phone" }, async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const insight = new InsightPage(page);
  await insight.open("?range=30d");
  const words = insight.chart("Created and resolved").figure.locator(".chart__drawing .chart__words:not(.is-wide)");
  const boxes = await words.evaluateAll((all) =>
    all
      .filter((word) => word.textContent !== "Today")
      .map((word) => word.getBoundingClientRect())
      .map(({ left, right, height }) => ({ left, right, height })),
  );
  expect(boxes.length).toBeGreaterThan(1);
  for (const [place, box] of boxes.entries()) {
    expect(box.height).toBeGreaterThan(10);
    expect(box.right).toBeLessThanOrEqual(320);
    if (place > 0) expect(box.left).toBeGreaterThan(boxes[place - 1].right);
  }
});
