import { randomUUID } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { Board, TicketForm } from "./pages/tickets.ts";

// They change tickets, so each is in a workspace of its own.
test.use(inOwnWorkspace);

test("a ticket that is open shows a comment made elsewhere", async ({ page, context }) => {
  await new TicketForm(page).create(`Printer ${randomUUID().slice(0, 8)}`);
  const listening = page.waitForResponse((response) => response.url().includes("/live"));
  await page.reload();
  await listening;
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
  const listening = page.waitForResponse((response) => response.url().includes("/live"));
  await page.reload();
  await listening;
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
  const listening = page.waitForResponse((response) => response.url().includes("/live"));
  const board = new Board(page);
  await board.open();
  await listening;
  const title = `Network ${randomUUID().slice(0, 8)}`;
  await new TicketForm(await context.newPage()).create(title);
  await page.bringToFront();
  await expect(board.card(title)).toBeVisible({ timeout: 10_000 });
});
