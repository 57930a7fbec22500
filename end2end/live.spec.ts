import { randomUUID } from "node:crypto";
import type { BrowserContext, Page } from "@playwright/test";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { toast } from "./pages/form.ts";
import { Board, TicketForm, TicketList, TicketPage } from "./pages/tickets.ts";

/** When the page is connected for news; the script that asks for them has a name like their address. */
function listening(page: Page) {
  return page.waitForResponse((response) => new URL(response.url()).pathname === "/live");
}

/** Gives the ticket at this path another description, in a page of its own. */
async function describeElsewhere(context: BrowserContext, path: string, description: string): Promise<void> {
  const other = await context.newPage();
  await other.goto(path);
  await new TicketPage(other).edit("Edit description");
  await other.locator("#description").fill(description);
  await other.getByRole("button", { name: "Save description" }).click();
  await expect(toast(other, "Saved")).toBeVisible();
}

// They change tickets, so each is in a workspace of its own.
test.use(inOwnWorkspace);

test("a ticket that is open shows a comment made elsewhere", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`);
  const connected = listening(page);
  await page.reload();
  await connected;
  const other = await context.newPage();
  await other.goto(page.url());
  const words = `Which one? ${randomUUID().slice(0, 8)}`;
  await other.locator("#comment").fill(words);
  await other.locator("form", { has: other.locator("#comment") }).getByRole("button", { name: "Add comment" }).click();
  await expect(other.locator("#activity")).toContainText(words);
  await page.bringToFront();
  await expect(page.locator("#activity")).toContainText(words, { timeout: 10_000 });
});

test("what is being typed stays", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`);
  const connected = listening(page);
  await page.reload();
  await connected;
  await page.locator("#comment").fill("Half a sentence");
  const other = await context.newPage();
  await other.goto(page.url());
  const words = `Which one? ${randomUUID().slice(0, 8)}`;
  await other.locator("#comment").fill(words);
  await other.locator("form", { has: other.locator("#comment") }).getByRole("button", { name: "Add comment" }).click();
  await expect(other.locator("#activity")).toContainText(words);
  await page.bringToFront();
  await expect(page.locator("#activity")).toContainText(words, { timeout: 10_000 });
  await expect(page.locator("#comment")).toHaveValue("Half a sentence");
});

test("the board shows a new ticket", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`);
  const connected = listening(page);
  const board = new Board(page);
  await board.open();
  await connected;
  const title = `Network ${randomUUID().slice(0, 8)}`;
  await new TicketForm(await context.newPage()).create(title);
  await page.bringToFront();
  await expect(board.card(title)).toBeVisible({ timeout: 10_000 });
});

test("what only a line tells of is told once, and not after it is shown", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`, "Before");
  const path = new URL(page.url()).pathname;
  const told = page.getByRole("status").filter({ hasText: "Show" });
  const connected = listening(page);
  await page.reload();
  await connected;
  await describeElsewhere(context, path, "After");
  await page.bringToFront();
  await expect(told).toBeVisible({ timeout: 10_000 });
  // The page begins to listen again, and is told once more what happened just before.
  const compared = page.waitForResponse((response) => response.request().resourceType() === "fetch" && response.url().endsWith(path));
  await told.getByRole("link", { name: "Show" }).click();
  await compared;
  await expect(page.locator("#ticket-description .markdown")).toHaveText("After");
  await page.waitForTimeout(1000);
  await expect(told).toHaveCount(0);
});

test("a list tells of rows that it does not show, and of no others", async ({ page, context }) => {
  const title = `Printer ${randomUUID().slice(0, 8)}`;
  await new TicketForm(page).create(title);
  const list = new TicketList(page);
  const told = page.getByRole("status").filter({ hasText: "Show" });
  // The ticket is so new that the list is told of it, which shows it already.
  const compared = page.waitForResponse((response) => response.request().resourceType() === "fetch" && response.url().endsWith("/tickets"));
  await list.open();
  await compared;
  await page.waitForTimeout(1000);
  await expect(told).toHaveCount(0);
  await new TicketForm(await context.newPage()).create(`Network ${randomUUID().slice(0, 8)}`);
  await page.bringToFront();
  await expect(told).toBeVisible({ timeout: 10_000 });
});

test("a tab that was in the background catches up", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`, "Before");
  const path = new URL(page.url()).pathname;
  const told = page.getByRole("status").filter({ hasText: "Show" });
  // Browsers under test hide no page.
  const hide = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await page.goto(path);
  await hide(true);
  await describeElsewhere(context, path, "After");
  await expect(told).toHaveCount(0);
  await hide(false);
  await expect(told).toBeVisible({ timeout: 10_000 });
});

test("a card that is being dragged stays until it is let go", async ({ page, context }) => {
  const dragged = `Printer ${randomUUID().slice(0, 8)}`;
  await new TicketForm(page).create(dragged);
  const board = new Board(page);
  const connected = listening(page);
  await board.open();
  await connected;
  const event = (name: string) => board.card(dragged).dispatchEvent(name, { dataTransfer });
  const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
  await event("dragstart");
  const title = `Network ${randomUUID().slice(0, 8)}`;
  await new TicketForm(await context.newPage()).create(title);
  await page.bringToFront();
  // The server tells once a second.
  await page.waitForTimeout(3000);
  await expect(board.card(dragged)).toHaveClass(/is-dragged/);
  await expect(board.card(title)).toHaveCount(0);
  await event("dragend");
  await expect(board.card(title)).toBeVisible({ timeout: 10_000 });
});
