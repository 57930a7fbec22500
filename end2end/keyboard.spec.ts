import { type Page } from "@playwright/test";
import { expect, signedInAs, test } from "./fixtures.ts";
import { Shell } from "./pages/shell.ts";
import { TicketList } from "./pages/tickets.ts";

test.use(signedInAs("owner@acme.test"));

/** What a listener hears of the focused element. */
function focused(page: Page) {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    const label = element?.id ? document.querySelector(`label[for="${element.id}"]`)?.textContent : undefined;
    return (element?.ariaLabel ?? label ?? element?.innerText ?? "").trim();
  });
}

test("the first stop skips to the content", { tag: "@no-js" }, async ({ page }) => {
  await new TicketList(page).open();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  const box = await skip.boundingBox();
  expect(box?.width).toBeGreaterThan(40);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Board", exact: true })).toBeFocused();
});

test("the order of stops is the order of the page", { tag: "@no-js" }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const [title] = await list.titles();
  const stops: string[] = [];
  for (let stop = 0; stop < 60 && stops.at(-1) !== title; stop += 1) {
    await page.keyboard.press("Tab");
    const name = await focused(page);
    // A script adds it.
    if (name !== "Select all tickets of this page") stops.push(name);
  }
  expect(stops).toEqual([
    "Skip to content",
    "Acme Manufacturing",
    "Search all tickets",
    "Tickets",
    "Inbox",
    "Projects",
    "Labels",
    "Insight",
    "Members",
    "Roles and groups",
    "Sign-in policy",
    "Single sign-on",
    "API keys",
    "Branding",
    "Domains",
    "Audit log",
    "Usage",
    "Plan",
    "Settings",
    expect.stringContaining("Ingrid Solberg"),
    "Board",
    "Export",
    "New ticket",
    expect.stringMatching(/^All/),
    expect.stringMatching(/^Open/),
    expect.stringMatching(/^Pending/),
    expect.stringMatching(/^Solved/),
    expect.stringMatching(/^Closed/),
    "Search in tickets",
    "Show",
    "Filters and order",
    "Save view",
    "Priority",
    "Due",
    "Opened",
    expect.stringMatching(/^Select /),
    title,
  ]);
});

test("Enter on a row opens the ticket", { tag: "@no-js" }, async ({ page }) => {
  const list = new TicketList(page);
  await list.open();
  const link = list.links.nth(1);
  const title = await link.innerText();
  await list.boxes.nth(1).focus();
  await page.keyboard.press("Tab");
  await expect(link).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
});

test("focus is seen wherever it is", async ({ page }) => {
  await new TicketList(page).open();
  for (let stop = 0; stop < 15; stop += 1) {
    await page.keyboard.press("Tab");
    const ring = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const widths = [null, "::after"].map((part) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element, part);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 ? "ring" : boxShadow !== "none" ? "shadow" : "";
      });
      return widths.join("");
    });
    expect(ring, await focused(page)).not.toBe("");
  }
});

test("the person's menu opens and closes by key", { tag: "@no-js" }, async ({ page }) => {
  await new TicketList(page).open();
  const shell = new Shell(page);
  await shell.person.focus();
  await page.keyboard.press("Enter");
  await expect(shell.signOutButton).toBeVisible();
  for (const entry of [page.getByRole("link", { name: "Profile", exact: true }), page.getByRole("link", { name: "Security", exact: true }), shell.signOutButton]) {
    await page.keyboard.press("Tab");
    await expect(entry).toBeFocused();
  }
  await page.keyboard.press("Escape");
  await expect(shell.signOutButton).toBeHidden();
  await expect(shell.person).toBeFocused();
});

test("the phone's sidebar opens, closes and gives the focus back", { tag: "@phone" }, async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await new TicketList(page).open();
  const shell = new Shell(page);
  await expect(shell.sidebar).toBeHidden();
  await shell.menu.focus();
  await page.keyboard.press("Enter");
  await expect(shell.search).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(shell.sidebar).toBeHidden();
  await expect(shell.menu).toBeFocused();
});
