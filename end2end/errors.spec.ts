import { expect, signedInAs, test } from "./fixtures.ts";
import { ErrorPage, answerTo } from "./pages/error.ts";
import { TicketForm, TicketList } from "./pages/tickets.ts";
import { newOwner } from "./sessions.ts";
import { apex, home } from "./sites.ts";

const strangers = ["scim", "www", newOwner().slug];
for (const [index, slug] of strangers.entries()) {
  const name = index === 2 ? "an unknown workspace" : `${slug}., which is reserved`;
  test(`${name} is none`, { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    for (const path of ["/", "/tickets", "/sign-in"]) {
      const response = await page.goto(home(slug) + path);
      await new ErrorPage(page).expectFor(response, 404, "There is no workspace here");
    }
    await page.getByRole("main").getByRole("link", { name: "Find your workspace" }).click();
    await expect(page).toHaveURL(`${apex}/find`);
  });
}

test.describe("in a workspace", () => {
  test.use(signedInAs("member@globex.test"));

  test("a page that does not exist is told of in its branding", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const accent = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--accent-light"));
    await page.goto("/tickets");
    const own = await accent();
    const response = await page.goto("/no/such/page");
    await new ErrorPage(page).expectFor(response, 404, "Nothing at this address");
    await expect(page).toHaveTitle("Nothing at this address · Globex Logistics");
    await expect(page.locator(".solo__mark .mark")).toBeVisible();
    expect(await accent()).toBe(own);
    await page.goto(apex);
    expect(await accent()).not.toBe(own);
    await page.goto("/no/such/page");
    await page.getByRole("link", { name: "Go to the tickets" }).click();
    await expect(new TicketList(page).heading).toBeVisible();
  });

  test("every error has a request id of its own", async ({ page }) => {
    const error = new ErrorPage(page);
    await page.goto("/no/such/page");
    const first = await error.requestId.innerText();
    await page.reload();
    await expect(error.requestId).not.toHaveText(first);
  });

  test("an address that only takes forms says so", { tag: "@no-js" }, async ({ page }) => {
    const response = await page.goto("/sign-out");
    await new ErrorPage(page).expectFor(response, 405, "This address takes no such request");
    expect(response?.headers().allow).toBe("POST");
  });

  test("a form from another site is refused", { tag: "@no-js" }, async ({ page }) => {
    const form = `<form action="${home("globex")}/sign-out" method="post"><button>Win a prize</button></form>`;
    const neighbour = `${home("evil")}/`;
    await page.route(neighbour, (route) => route.fulfill({ contentType: "text/html", body: form }));
    await page.goto(neighbour);
    const response = await answerTo(page, () => page.getByRole("button", { name: "Win a prize" }).click());
    await new ErrorPage(page).expectFor(response, 403, "The form came from another site");
    await page.goto("/tickets");
    await expect(new TicketList(page).heading).toBeVisible();
  });

  test("a form with a value that no page sends says what is allowed", { tag: "@no-js" }, async ({ page }) => {
    await new TicketForm(page).open();
    await page.getByLabel("Title").fill("Never created");
    await page.locator("#priority option").first().evaluate((option) => option.setAttribute("value", "worst"));
    await page.getByLabel("Priority").selectOption("worst");
    const response = await answerTo(page, () => page.getByRole("button", { name: "Create ticket" }).click());
    await new ErrorPage(page).expectFor(response, 400, "The request cannot be understood");
    await expect(page.getByText("“worst” is no priority of a ticket; allowed are low, normal, high, urgent.")).toBeVisible();
  });
});
