import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { Board, TicketForm, TicketList } from "./pages/tickets.ts";

// They change tickets, so each is in a workspace of its own.
test.use(inOwnWorkspace);

async function ticket(page: Page, title = `Printer ${randomUUID().slice(0, 8)}`) {
  await new TicketForm(page).create(title);
  return title;
}

/** What the server answers to a move: a script shows the card in its column before that. */
function moved(page: Page) {
  return page.waitForResponse((response) => response.request().method() === "POST");
}

test("a card's menu moves it", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const title = await ticket(page);
  const board = new Board(page);
  await board.open();
  await expect(page).toHaveURL(/\/board\?project=/);
  await expect(board.column("Open").locator(".board__card", { hasText: title })).toBeVisible();
  await board.card(title).getByText("Move to").click();
  const answer = moved(page);
  await board.card(title).getByRole("button", { name: "Solved" }).click();
  expect((await answer).status()).toBe(303);
  await expect(board.column("Solved").locator(".board__card", { hasText: title })).toBeVisible();
  await page.reload();
  await expect(board.column("Solved").locator(".board__card", { hasText: title })).toBeVisible();
});

test("all columns fit on a small laptop", async ({ page }) => {
  await ticket(page, `Printer-${"on-fire-".repeat(12)}${randomUUID()}`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await new Board(page).open();
  await expect(page.locator(".board__column")).toHaveCount(4);
  const { width, needed } = await page
    .locator(".board")
    .evaluate((board) => ({ width: board.clientWidth, needed: board.scrollWidth }));
  expect(needed).toBeLessThanOrEqual(width);
});

test("a card is dragged to another column", async ({ page }) => {
  const title = await ticket(page);
  const board = new Board(page);
  await board.open();
  const answer = moved(page);
  await board.card(title).dragTo(board.column("Pending"));
  expect((await answer).status()).toBe(303);
  await expect(board.column("Pending").locator(".board__card", { hasText: title })).toBeVisible();
  await page.reload();
  await expect(board.column("Pending").locator(".board__card", { hasText: title })).toBeVisible();
});

test("the keyboard goes from card to card and moves them", async ({ page }) => {
  const [first, second] = [await ticket(page), await ticket(page)];
  const board = new Board(page);
  await board.open();
  // The newest stands first.
  await board.card(second).getByRole("link", { name: second }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(board.card(first).getByRole("link", { name: first })).toBeFocused();
  await page.keyboard.press("Shift+ArrowRight");
  await expect(board.column("Pending").locator(".board__card", { hasText: first })).toBeVisible();
  await expect(board.card(first).getByRole("link", { name: first })).toBeFocused();
  await expect(page.getByText(/moved to Pending/)).toBeAttached();
  await page.keyboard.press("ArrowLeft");
  await expect(board.card(second).getByRole("link", { name: second })).toBeFocused();
});

test("who comes second is told, and sees the card where it is", async ({ page, context }) => {
  const title = await ticket(page);
  // Otherwise the page hears of the change, and nobody comes second.
  await page.addInitScript(() => Reflect.deleteProperty(window, "EventSource"));
  const board = new Board(page);
  await board.open();
  const other = new Board(await context.newPage());
  await other.open();
  await other.card(title).getByText("Move to").click();
  const first = moved(other.page);
  await other.card(title).getByRole("button", { name: "Closed" }).click();
  await first;
  await expect(other.column("Closed").locator(".board__card", { hasText: title })).toBeVisible();

  await board.card(title).dragTo(board.column("Pending"));
  await expect(board.alert).toContainText("Somebody else changed");
  await expect(board.column("Closed").locator(".board__card", { hasText: title })).toBeVisible();
});

test("several tickets are changed at once", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const titles = [await ticket(page), await ticket(page), await ticket(page)];
  const list = new TicketList(page);
  await list.open();
  const button = page.getByRole("button", { name: "Change tickets" });
  await expect(button).toBeHidden();
  for (const title of titles.slice(0, 2)) {
    await list.rows.filter({ hasText: title }).getByRole("checkbox").check();
  }
  await page.locator("#bulk-status").selectOption("solved");
  await button.click();
  await expect(page.getByText("Tickets changed")).toBeVisible();
  for (const [place, title] of titles.entries()) {
    const status = place < 2 ? "Solved" : "Open";
    await expect(list.rows.filter({ hasText: title }).locator(".status")).toHaveText(status);
  }
});

test("a filter is saved as a view", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await ticket(page);
  const list = new TicketList(page);
  await list.open("?status=open");
  await page.getByText("Save view", { exact: true }).first().click();
  await page.getByLabel("Name of the view").fill("What is open");
  await page.getByRole("button", { name: "Save view" }).click();
  const views = page.getByRole("navigation", { name: "Saved views" });
  await expect(views.getByRole("link", { name: "What is open" })).toHaveAttribute("aria-current", "page");
  await page.goto("/tickets");
  await views.getByRole("link", { name: "What is open" }).click();
  await expect(page).toHaveURL(/\/tickets\?status=open$/);
  await views.getByRole("link", { name: "Manage views" }).click();
  await page.getByRole("button", { name: "Delete: What is open" }).click();
  await expect(page.getByRole("heading", { name: "No saved views yet" })).toBeVisible();
});
