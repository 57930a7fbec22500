import { expect, signedInAs, test } from "./fixtures.ts";
import { typeUntil } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { TicketList } from "./pages/tickets.ts";

test.use(signedInAs("member@initech.test"));

test("tickets are found while one types", { tag: "@phone" }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const [title] = await list.titles();
  const shell = new Shell(page);
  await shell.openSidebar();
  await expect(shell.hits).toBeHidden();
  const hit = shell.hits.getByRole("link", { name: title }).first();
  await typeUntil(shell.search, title.toUpperCase(), hit);
  await shell.search.fill("no title has these words");
  await expect(shell.hits).toBeHidden();
  await shell.search.fill(title);
  await hit.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
});

test("a ticket is found by its number", async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const [title] = await list.titles();
  const number = await list.rows.first().locator(".ticket-row__key").innerText();
  const shell = new Shell(page);
  const hit = shell.hits.getByRole("link", { name: `${number} ${title}` });
  await typeUntil(shell.search, number, hit);
  await shell.search.fill(number.replace("#", ""));
  await expect(hit).toBeVisible();
});

test("Enter searches in the list", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const [title] = await list.titles();
  const shell = new Shell(page);
  await shell.openSidebar();
  await shell.search.fill(title);
  await shell.search.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === title);
  await expect(list.links.first()).toBeVisible();
  expect(await list.titles()).toContain(title);
});
