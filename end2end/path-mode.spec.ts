import { type Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { ErrorPage } from "./pages/error.ts";
import { toast, typeUntil } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { TicketList } from "./pages/tickets.ts";
import { demoPassword } from "./sessions.ts";
import { apex, home } from "./sites.ts";

const base = `${apex}/t/initech`;

/** Every address that the page leads to, sends to or loads from, apart from the static files, as paths of the apex. */
function addresses(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const own = [...document.querySelectorAll("a[href], form[action], img[src], link[rel=icon]")].map(
      (node) => node.getAttribute("href") ?? node.getAttribute("action") ?? node.getAttribute("src") ?? "",
    );
    return own.filter((address) => address.startsWith("/") && !address.startsWith("/pkg/"));
  });
}

async function expectToStay(page: Page) {
  // Of the whole page.
  await page.waitForLoadState();
  const paths = await addresses(page);
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !path.startsWith("/t/initech/"))).toEqual([]);
}

test("a workspace works under its path", { tag: ["@phone", "@no-js"] }, async ({ page, context }) => {
  await page.goto(base);
  await expect(page).toHaveURL(`${base}/sign-in?next=%2Ftickets`);
  await expectToStay(page);
  await new SignInPage(page).submit("owner@initech.test", demoPassword);
  await expect(page).toHaveURL(`${base}/tickets`);
  await expectToStay(page);
  const names = (await context.cookies(apex)).map(({ name }) => name);
  expect(names).toContain("__Host-session-initech");
  // Whatever else is kept is of this path too: other workspaces share the host.
  expect(names.filter((name) => !name.endsWith("-initech"))).toEqual([]);

  const list = new TicketList(page);
  await list.next.click();
  await expect(page).toHaveURL(/\/t\/initech\/tickets\?after=/);
  await list.statusTabs.getByRole("link", { name: "Open" }).click();
  await expect(page).toHaveURL(`${base}/tickets?status=open`);
  const [title] = await list.titles();
  await list.searchFor(title);
  await expect(page).toHaveURL(/\/t\/initech\/tickets\?q=.*&status=open/);
  await list.links.first().click();
  await expect(page).toHaveURL(/\/t\/initech\/tickets\/[A-Z]+-\d+$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await expectToStay(page);
  for (const path of ["/tickets/new", "/admin/branding", "/no/such/page"]) {
    await page.goto(base + path);
    await expectToStay(page);
  }

  // It is a session of this path, not of the workspace's own host, and of no other path.
  for (const elsewhere of [home("initech"), `${apex}/t/acme`]) {
    await page.goto(`${elsewhere}/tickets`);
    await expect(page).toHaveURL(`${elsewhere}/sign-in?next=%2Ftickets`);
  }
  await page.goto(`${base}/tickets`);
  await new Shell(page).signOut();
  await expect(page).toHaveURL(`${base}/sign-in`);
  await expect(toast(page, "You are signed out")).toBeVisible();
});

test("islands call the workspace of the path", async ({ page }) => {
  await page.goto(`${base}/sign-in`);
  await new SignInPage(page).submit("member@initech.test", demoPassword);
  await page.waitForURL(`${base}/tickets`);
  const [title] = await new TicketList(page).titles();
  const shell = new Shell(page);
  const hit = shell.hits.getByRole("link", { name: title }).first();
  await typeUntil(shell.search, title, hit);
  await hit.click();
  await expect(page).toHaveURL(/\/t\/initech\/tickets\/[A-Z]+-\d+$/);
});

for (const path of ["/t/nobody-lives-here/", "/t/console/", "/t/INITECH/", "/t/"]) {
  test(`${path} is no workspace`, { tag: "@no-js" }, async ({ page }) => {
    const response = await page.goto(apex + path);
    await new ErrorPage(page).expectFor(response, 404, "There is no workspace here");
  });
}
