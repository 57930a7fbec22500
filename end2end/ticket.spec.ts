import { randomUUID } from "node:crypto";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, summary, toast } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { TicketForm, TicketList, TicketPage } from "./pages/tickets.ts";
import { newPerson } from "./people.ts";

test.use(inOwnWorkspace);

test("create a ticket, set its status, comment on it", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const title = `Printer <b>on fire</b> & smoking ${randomUUID()}`;
  const list = new TicketList(page);
  await list.open();
  await list.newTicket.or(page.getByRole("link", { name: "Create the first ticket" })).first().click();
  const form = new TicketForm(page);
  await form.chooseProject();
  await form.title.fill(`  ${title} `);
  await form.description.fill("First line\n\n<script>alert(1)</script>");
  await form.priority.selectOption("Urgent");
  await form.button.click();

  await expect(toast(page, "Ticket created")).toBeVisible();
  const ticket = new TicketPage(page);
  await expect(ticket.heading).toContainText(title);
  await expect(ticket.badge).toHaveText("Open");
  await expect(ticket.about).toContainText("Urgent");
  await expect(ticket.about).toContainText(workspace.name);
  await expect(page.locator(".markdown").first()).toContainText("<script>alert(1)</script>");
  await expect(page.getByRole("heading", { name: "Activity No comments" })).toBeVisible();

  await ticket.status.selectOption("Pending");
  await ticket.setStatus.click();
  await expect(toast(page, "Status changed")).toBeVisible();
  await expect(ticket.badge).toHaveText("Pending");
  await expect(ticket.status).toHaveValue("pending");

  await ticket.comment.fill("Water did not help.\nWhat now?");
  await ticket.addComment.click();
  await expect(toast(page, "Comment added")).toBeVisible();
  await expect(ticket.comments).toHaveCount(1);
  await expect(ticket.comments).toContainText(/Water did not help\.\s*What now\?/);
  await expect(ticket.comments).toContainText(workspace.name);
  await expect(ticket.activity.filter({ hasText: "set the status from Open to Pending" })).toHaveCount(1);
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
    return Number(await page.locator(".ticket__key").innerText().then((key) => key.replace(/^[A-Z0-9]+-/, "")));
  };
  const first = await number(`One ${randomUUID()}`);
  expect(await number(`Two ${randomUUID()}`)).toBe(first + 1);
});

test("title, due date and labels are edited in their place", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const label = `label ${randomUUID().slice(0, 8)}`;
  await page.goto("/labels");
  await page.getByLabel("Name").fill(label);
  await page.getByLabel("Colour").selectOption("Teal");
  await page.getByRole("button", { name: "Add label" }).click();
  await expect(toast(page, "Label added")).toBeVisible();

  await new TicketForm(page).create(`Before ${randomUUID()}`);
  const ticket = new TicketPage(page);
  const after = `After ${randomUUID()}`;
  await ticket.edit("Edit title");
  await page.getByLabel("Title").fill(after);
  await page.getByRole("button", { name: "Save title" }).click();
  await expect(toast(page, "Saved")).toBeVisible();
  await expect(ticket.heading).toContainText(after);

  await ticket.edit("Change due");
  await page.getByLabel("Due date").fill("2031-03-31");
  await ticket.about.getByRole("button", { name: "Save" }).click();
  await expect(ticket.about.locator("time[datetime='2031-03-31']")).toBeVisible();

  await ticket.edit("Change labels");
  await page.getByLabel(label).check();
  await page.getByRole("button", { name: "Save labels" }).click();
  await expect(ticket.about.locator(".label", { hasText: label })).toBeVisible();
  await expect(ticket.activity.filter({ hasText: `added the label “${label}”` })).toHaveCount(1);
});

test("opening a form leaves the page where it is, and cancelling closes it", async ({ page }) => {
  await new TicketForm(page).create(`In place ${randomUUID()}`);
  const ticket = new TicketPage(page);
  await ticket.comment.fill("Not sent yet");
  await ticket.edit("Edit title");
  await expect(page.getByLabel("Title")).toBeFocused();
  await expect(ticket.comment).toHaveValue("Not sent yet");
  expect(new URL(page.url()).search).toBe("");
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page.getByLabel("Title")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Edit title" })).toBeFocused();
});

test("what somebody else changed is told, and nothing that was typed is lost", { tag: ["@phone", "@no-js"] }, async ({ page, context }) => {
  await new TicketForm(page).create(`Shared ${randomUUID()}`);
  const path = new URL(page.url()).pathname;
  const other = await context.newPage();
  await other.goto(path);
  const theirs = new TicketPage(other);
  const mine = new TicketPage(page);
  await page.goto(path);
  await mine.edit("Edit title");
  await page.getByLabel("Title").fill("Mine");
  await theirs.edit("Edit title");
  await other.getByLabel("Title").fill("Theirs");
  await other.getByRole("button", { name: "Save title" }).click();
  await expect(theirs.heading).toContainText("Theirs");

  const answer = await answerTo(page, () => page.getByRole("button", { name: "Save title" }).click());
  expect(answer.status()).toBe(409);
  await expect(page.getByRole("alert")).toContainText("Somebody else changed this ticket");
  await expect(page.getByRole("alert")).toContainText("to “Theirs”");
  await expect(mine.heading).toContainText("Theirs");
  await expect(page.getByLabel("Title")).toHaveValue("Mine");
  await page.getByRole("button", { name: "Save title" }).click();
  await expect(mine.heading).toContainText("Mine");
});

test("a preview, and back to what was typed", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await new TicketForm(page).create(`Preview ${randomUUID()}`);
  const ticket = new TicketPage(page);
  await ticket.comment.fill("It is **red** <b>");
  await page.getByRole("button", { name: "Preview" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.locator("strong")).toHaveText("red");
  await expect(preview).toContainText("<b>");
  const back = page.getByRole("button", { name: "Keep writing" });
  if (await back.isVisible()) await back.click();
  await expect(ticket.comment).toHaveValue("It is **red** <b>");
  await ticket.commentAndSolve.click();
  await expect(toast(page, "Comment added")).toBeVisible();
  await expect(ticket.badge).toHaveText("Solved");
});

test("a draft survives a reload, and goes when it is sent or discarded", { tag: "@phone" }, async ({ page }) => {
  await new TicketForm(page).create(`Draft ${randomUUID()}`);
  const ticket = new TicketPage(page);
  const path = new URL(page.url()).pathname;
  await ticket.comment.fill("Half a thought");
  await page.goto("/tickets");
  await page.goto(path);
  await expect(ticket.comment).toHaveValue("Half a thought");
  // The day, then the time with its zone, as the pages write them.
  await expect(page.getByText(/^Restored: what you typed here on .+, \d{1,2}:\d\d.* UTC\S* and did not send\.$/)).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(ticket.comment).toHaveValue("");
  await page.goto("/tickets");
  await page.goto(path);
  await expect(ticket.comment).toHaveValue("");

  await ticket.comment.fill("A whole thought");
  await ticket.addComment.click();
  await expect(toast(page, "Comment added")).toBeVisible();
  // The script of the page that says so forgets the draft.
  await page.waitForLoadState();
  await page.goto("/tickets");
  await page.goto(path);
  await expect(ticket.comment).toHaveValue("");

  const form = new TicketForm(page);
  await form.open();
  await form.title.fill("Not created yet");
  await page.goto("/tickets");
  await form.open();
  await expect(form.title).toHaveValue("Not created yet");
  await page.getByRole("button", { name: "Discard" }).click();
});

test("a description that is half edited survives a reload, with the version it was made from", async ({ page, context }) => {
  await new TicketForm(page).create(`Edited ${randomUUID()}`, "As it was");
  const ticket = new TicketPage(page);
  const path = new URL(page.url()).pathname;
  const field = page.locator("#description");
  const save = page.getByRole("button", { name: "Save description" });
  await page.goto(path);
  await ticket.edit("Edit description");
  await field.fill("Half a description");
  await page.reload();
  await expect(page.getByText("did not save it")).toBeVisible();

  const other = await context.newPage();
  await other.goto(path);
  await new TicketPage(other).edit("Edit title");
  await other.getByLabel("Title").fill("Changed meanwhile");
  await other.getByRole("button", { name: "Save title" }).click();
  await expect(toast(other, "Saved")).toBeVisible();

  await page.reload();
  await page.getByRole("button", { name: "Continue writing" }).click();
  await expect(field).toHaveValue("Half a description");
  await expect(page.getByText("changed here meanwhile")).toBeVisible();
  const answer = await answerTo(page, () => save.click());
  expect(answer.status()).toBe(409);
  await expect(field).toHaveValue("Half a description");
  await save.click();
  await expect(page.locator("#ticket-description .markdown")).toHaveText("Half a description");
  // The script of the page that shows it forgets the draft.
  await page.waitForLoadState();
  await page.goto(path);
  await expect(page.locator(".draft-notice")).toHaveCount(0);

  await ticket.edit("Edit description");
  await expect(field).toHaveValue("Half a description");
  await field.fill("Not meant");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.reload();
  await expect(page.locator(".draft-notice")).toHaveCount(0);
});

test("a comment that is half edited survives a reload, until it is saved", async ({ page }) => {
  await new TicketForm(page).create(`Edited ${randomUUID()}`);
  const ticket = new TicketPage(page);
  const path = new URL(page.url()).pathname;
  await ticket.comment.fill("As it was");
  await ticket.addComment.click();
  await expect(ticket.comments).toHaveCount(1);
  // Drafts are kept, and forgotten below, by the page's script.
  await page.waitForLoadState();
  await ticket.comments.getByRole("link", { name: /^Edit/ }).click();
  await page.locator("#written").fill("Half a comment");
  await page.goto("/tickets");
  await page.goto(path);
  await page.getByRole("button", { name: "Continue writing" }).click();
  await expect(page.locator("#written")).toHaveValue("Half a comment");
  await page.getByRole("button", { name: "Save comment" }).click();
  await expect(toast(page, "Comment saved")).toBeVisible();
  await expect(ticket.comments).toContainText("Half a comment");
  await page.waitForLoadState();
  await page.goto("/tickets");
  await page.goto(path);
  await expect(page.locator(".draft-notice")).toHaveCount(0);
});

test("the keyboard answers, takes a ticket, and goes on to the next", async ({ page, workspace }) => {
  const form = new TicketForm(page);
  const made: string[] = [];
  for (const age of ["Older", "Newer"]) {
    await form.create(`${age} ${randomUUID()}`);
    made.push(new URL(page.url()).pathname);
  }
  const [older, newer] = made;
  await new TicketList(page).open();
  await page.goto(newer);
  await page.keyboard.press("j");
  await page.waitForURL(`**${older}`);
  await page.keyboard.press("k");
  await page.waitForURL(`**${newer}`);

  const ticket = new TicketPage(page);
  await page.keyboard.press("r");
  await expect(ticket.comment).toBeFocused();
  // While one types, keys are letters.
  await page.keyboard.type("as");
  await expect(ticket.comment).toHaveValue("as");
  await ticket.comment.fill("");
  await ticket.comment.blur();
  await page.keyboard.press("s");
  await expect(ticket.status).toBeFocused();
  await ticket.status.blur();
  await page.keyboard.press("a");
  await expect(page.locator("#fact-assignee")).toContainText(workspace.name);
  await expect(page.getByRole("button", { name: "Assign to me" })).toHaveCount(0);
});

test("a draft keeps what is chosen beside it, and goes with the sign-out", { tag: "@phone" }, async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  try {
    const form = new TicketForm(person.page);
    // Who can watch is known with the project, and other tests may have made several.
    const open = () => form.open("?project=SUP");
    const due = person.page.locator("#due");
    const watcher = person.page.locator("#watchers input[type=checkbox]").first();
    await open();
    await form.title.fill("Half a ticket");
    await form.priority.selectOption("High");
    await due.fill("2030-01-31");
    await person.page.locator("#watchers summary").click();
    await watcher.check();
    await person.page.goto("/tickets");
    await open();
    await expect(person.page.getByText("Restored: what you typed here")).toBeVisible();
    await expect(form.title).toHaveValue("Half a ticket");
    await expect(form.priority).toHaveValue("high");
    await expect(due).toHaveValue("2030-01-31");
    await expect(watcher).toBeChecked();
    await expect(watcher).toBeVisible();
    await person.page.getByRole("button", { name: "Discard" }).click();
    await expect(form.priority).toHaveValue("normal");
    await expect(watcher).not.toBeChecked();

    const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith("draft:")).length;
    await form.title.fill("Not for who comes next");
    await expect.poll(() => person.page.evaluate(drafts)).toBe(1);
    // What was typed a moment ago goes too.
    await form.title.fill("Not for who comes next, at all");
    await new Shell(person.page).signOut();
    await person.page.waitForURL("**/sign-in");
    expect(await person.page.evaluate(drafts)).toBe(0);
    await new SignInPage(person.page).submit(person.email, person.password);
    await person.page.waitForURL("**/tickets");
    await open();
    await expect(form.title).toHaveValue("");
  } finally {
    await person.context.close();
  }
});

test("a draft waits where a session ends by itself, and goes when somebody else is in", async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  const other = await newPerson(page, browser, workspace);
  try {
    const form = new TicketForm(person.page);
    const signIn = new SignInPage(person.page);
    const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith("draft:")).length;
    await form.open("?project=SUP");
    await form.title.fill("Nobody else’s business");
    await expect.poll(() => person.page.evaluate(drafts)).toBe(1);

    await person.context.clearCookies();
    await person.page.goto("/tickets");
    await expect(signIn.heading).toBeVisible();
    await signIn.submit(person.email, person.password);
    await person.page.waitForURL("**/tickets");
    await form.open("?project=SUP");
    await expect(form.title).toHaveValue("Nobody else’s business");

    await person.context.clearCookies();
    await person.page.goto("/tickets");
    await expect(signIn.heading).toBeVisible();
    expect(await person.page.evaluate(drafts)).toBe(1);
    await signIn.submit(other.email, other.password);
    await person.page.waitForURL("**/tickets");
    await expect.poll(() => person.page.evaluate(drafts)).toBe(0);
    await form.open("?project=SUP");
    await expect(form.title).toHaveValue("");
  } finally {
    await other.context.close();
    await person.context.close();
  }
});

test("watching, and a link to another ticket", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const form = new TicketForm(page);
  await form.create(`First ${randomUUID()}`);
  const first = await page.locator(".ticket__key").innerText();
  await form.create(`Second ${randomUUID()}`);
  const ticket = new TicketPage(page);
  await page.getByRole("button", { name: "Watch", exact: true }).click();
  await expect(toast(page, "You watch this ticket")).toBeVisible();
  await expect(ticket.about.locator(".people-list")).toContainText(workspace.name);
  await page.getByRole("button", { name: "Unwatch" }).click();
  await expect(toast(page, "You no longer watch this ticket")).toBeVisible();

  await ticket.edit("Change links");
  await page.getByLabel("How").selectOption("Blocks");
  await page.getByLabel("The other ticket").fill(first.toLowerCase());
  await page.getByRole("button", { name: "Add link" }).click();
  await expect(toast(page, "Link added")).toBeVisible();
  await ticket.about.getByRole("link", { name: first, exact: true }).click();
  await expect(ticket.about).toContainText("Is blocked by");
});
