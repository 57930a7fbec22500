import { expect, signedInAs, test } from "./fixtures.ts";
import { ErrorPage } from "./pages/error.ts";
import { TicketList } from "./pages/tickets.ts";

// Reads only: the demo tenants are shared by all tests.
test.use(signedInAs("member@acme.test"));

const pageSize = 50;

test("older and newer lead through the list without gap or overlap", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  await expect(list.newer).toHaveCount(0);
  const pages = [await list.paths()];
  for (let step = 1; step < 3; step += 1) {
    await list.older.click();
    await page.waitForURL(/before=/);
    pages.push(await list.paths());
  }
  for (const paths of pages) expect(paths).toHaveLength(pageSize);
  expect(new Set(pages.flat()).size).toBe(3 * pageSize);

  // Back: the same pages in the other order.
  await list.newer.click();
  await page.waitForURL(/after=/);
  expect(await list.paths()).toEqual(pages[1]);
  await list.newer.click();
  await expect(list.newer).toHaveCount(0);
  expect(await list.paths()).toEqual(pages[0]);
  await expect(list.older).toBeVisible();
});

test("the newest stand first", async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const times = await list.rows.locator("time").evaluateAll((all) =>
    all.map((time) => Date.parse(time.getAttribute("datetime") ?? "")),
  );
  expect(times).toHaveLength(pageSize);
  expect(times).toEqual([...times].sort((left, right) => right - left));
});

test("a filter shows one status, to the end of the list", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  await list.statusTabs.getByRole("link", { name: "Pending" }).click();
  await expect(page).toHaveURL(/\/tickets\?status=pending$/);
  await expect(list.statusTabs.locator("[aria-current=page]")).toHaveText("Pending");

  const seen: string[] = [];
  for (let pages = 1; ; pages += 1) {
    expect(pages).toBeLessThan(40);
    const badges = await list.rows.locator(".status").allInnerTexts();
    expect(new Set(badges)).toEqual(new Set(["Pending"]));
    seen.push(...(await list.paths()));
    if ((await list.older.count()) === 0) break;
    const last = seen.at(-1)?.split("/").at(-1);
    await list.older.click();
    await page.waitForURL((url) => url.searchParams.get("before") === last);
  }
  expect(new Set(seen).size).toBe(seen.length);
});

test("search finds titles in any case, within the filter", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open("?status=open");
  const [title] = await list.titles();
  const [word] = title.split(/[^\p{L}]+/u).sort((left, right) => right.length - left.length);
  await list.searchFor(word.toUpperCase());
  await expect(page).toHaveURL(/status=open/);
  await expect(list.search).toHaveValue(word.toUpperCase());
  const titles = await list.titles();
  expect(titles).toContain(title);
  for (const found of titles) expect(found.toLowerCase()).toContain(word.toLowerCase());
  expect(new Set(await list.rows.locator(".status").allInnerTexts())).toEqual(new Set(["Open"]));

  await list.statusTabs.getByRole("link", { name: "All" }).click();
  await expect(list.search).toHaveValue(word.toUpperCase());
  await expect(page).not.toHaveURL(/status=/);
});

test("a search without result says so and leads back", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  // To the database a pattern that all titles match.
  await list.searchFor("%_%");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await expect(page.getByText("No ticket has “%_%” in its title.")).toBeVisible();
  await expect(list.rows).toHaveCount(0);
  await page.getByRole("link", { name: "Show all tickets" }).click();
  await expect(list.rows).toHaveCount(pageSize);
});

test("a title opens its ticket, wherever in the row one clicks", { tag: "@phone" }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const [title] = await list.titles();
  // The link lies over the whole row.
  await list.rows.first().locator("time").click({ force: true });
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
});

const mistakes = [
  { query: "?status=lost", says: "“lost” is no status of a ticket; allowed are open, pending, solved, closed." },
  { query: "?before=nonsense", says: "The link to this part of the list is damaged; start with the newest tickets." },
];
for (const { query, says } of mistakes) {
  test(`/tickets${query} says what is allowed`, { tag: "@no-js" }, async ({ page }) => {
    const response = await page.goto(`/tickets${query}`);
    await new ErrorPage(page).expectFor(response, 400, "The request cannot be understood");
    await expect(page.getByText(says)).toBeVisible();
    await page.getByRole("link", { name: "Go to the tickets" }).click();
    await expect(new TicketList(page).rows).toHaveCount(pageSize);
  });
}
