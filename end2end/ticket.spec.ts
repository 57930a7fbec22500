import { randomUUID } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";
import { TicketForm, TicketList, TicketPage } from "./pages/tickets.ts";

test.use(inOwnWorkspace);

test("create a ticket, set its status, comment on it", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const title = `Printer <b>on fire</b> & smoking ${randomUUID()}`;
  const list = new TicketList(page);
  await list.open();
  await list.newTicket.or(page.getByRole("link", { name: "Create the first ticket" })).first().click();
  const form = new TicketForm(page);
  await form.title.fill(`  ${title} `);
  await form.description.fill("First line\n\n<script>alert(1)</script>");
  await form.priority.selectOption("Urgent");
  await form.button.click();

  await expect(toast(page, "Ticket created")).toBeVisible();
  const ticket = new TicketPage(page);
  await expect(ticket.heading).toContainText(title);
  await expect(ticket.badge).toHaveText("Open");
  const about = page.getByRole("complementary", { name: "About this ticket" });
  await expect(about).toContainText("Urgent");
  await expect(about).toContainText(workspace.name);
  await expect(page.locator(".prose").first()).toHaveText("First line\n\n<script>alert(1)</script>");
  await expect(page.getByText("Nobody has answered yet.")).toBeVisible();

  await ticket.status.selectOption("Pending");
  await ticket.setStatus.click();
  await expect(toast(page, "Status changed")).toBeVisible();
  await expect(ticket.badge).toHaveText("Pending");
  await expect(ticket.status).toHaveValue("pending");

  await ticket.comment.fill("Water did not help.\nWhat now?");
  await ticket.addComment.click();
  await expect(toast(page, "Comment added")).toBeVisible();
  await expect(ticket.comments).toHaveCount(1);
  await expect(ticket.comments).toContainText("Water did not help.\nWhat now?");
  await expect(ticket.comments).toContainText(workspace.name);
  await page.reload();
  await expect(ticket.comments).toHaveCount(1);
  await expect(toast(page, "Comment added")).toHaveCount(0);

  await list.open("?status=pending");
  await expect(list.links.filter({ hasText: title })).toHaveCount(1);
});

test("a ticket without a title is not created, and what was typed stays", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const form = new TicketForm(page);
  await form.open();
  // Browsers take a space for a title.
  await form.title.fill(" ");
  await form.description.fill("\nIt began\non Monday.");
  await form.priority.selectOption("Low");
  const answer = await answerTo(page, () => form.button.click());

  expect(answer.status()).toBe(422);
  await expectFieldError(form.title, /The title is missing\.$/);
  await expect(form.description).toHaveValue("\nIt began\non Monday.");
  await expect(form.priority).toHaveValue("low");
  await summary(page).getByRole("link", { name: "The title is missing." }).click();
  await expect(form.title).toBeFocused();
});

test("an empty comment is not added", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await new TicketForm(page).create(`Quiet ${randomUUID()}`);
  const ticket = new TicketPage(page);
  await ticket.comment.fill(" \n ");
  const answer = await answerTo(page, () => ticket.addComment.click());
  expect(answer.status()).toBe(422);
  await expectFieldError(ticket.comment, /The comment is missing\.$/);
  await expect(ticket.comments).toHaveCount(0);
});

test("numbers follow each other", async ({ page }) => {
  const number = async (title: string) => {
    await new TicketForm(page).create(title);
    return Number(await page.locator(".ticket__key").innerText().then((key) => key.replace("#", "")));
  };
  const first = await number(`One ${randomUUID()}`);
  expect(await number(`Two ${randomUUID()}`)).toBe(first + 1);
});
