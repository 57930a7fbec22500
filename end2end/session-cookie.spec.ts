import { expect, signedInAs, test } from "./fixtures.ts";
import { ErrorPage, answerTo } from "./pages/error.ts";
import { TicketList } from "./pages/tickets.ts";
import { apex, home, hostname } from "./sites.ts";

const session = "__Host-session";

test.describe("a session of acme", () => {
  test.use(signedInAs("member@acme.test"));

  test("is a cookie of that host alone, out of reach of scripts", async ({ page, context }) => {
    await new TicketList(page).open();
    const [cookie] = (await context.cookies(home("acme"))).filter(({ name }) => name === session);
    expect(cookie).toMatchObject({ domain: hostname("acme"), path: "/", httpOnly: true, secure: true, sameSite: "Lax" });
    expect(await context.cookies([home("globex"), apex])).toEqual([]);
    expect(await page.evaluate(() => document.cookie)).toBe("");
  });

  test("is worthless on another workspace's host, even put there by hand", { tag: "@no-js" }, async ({ page, context }) => {
    const list = new TicketList(page);
    await list.open();
    await expect(list.heading).toBeVisible();
    await page.goto(`${home("globex")}/tickets`);
    await expect(page).toHaveURL(`${home("globex")}/sign-in?next=%2Ftickets`);

    const [cookie] = (await context.cookies(home("acme"))).filter(({ name }) => name === session);
    const rest = { httpOnly: true, secure: true, sameSite: "Lax" as const, value: cookie.value, path: "/" };
    await context.addCookies([
      { ...rest, name: session, domain: hostname("globex") },
      { ...rest, name: `${session}-globex`, domain: new URL(apex).hostname },
      { ...rest, name: session, domain: new URL(apex).hostname },
    ]);
    for (const base of [home("globex"), `${apex}/t/globex`, `${apex}/t/acme`]) {
      await page.goto(`${base}/tickets`);
      await expect(page).toHaveURL(`${base}/sign-in?next=%2Ftickets`);
    }
    // It still is what it was where it belongs.
    await list.open();
    await expect(list.heading).toBeVisible();
  });
});

test.describe("somebody with accounts in two workspaces", () => {
  test.use(signedInAs("member@acme.test", "member@globex.test"));

  test("reaches a foreign ticket no more than one that does not exist", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    await page.goto(`${home("globex")}/tickets`);
    // By its id: a key such as IT-1 may be of a ticket in both.
    const foreign = `/tickets/${await new TicketList(page).boxes.first().inputValue()}`;
    const [last] = foreign.slice(-1);
    const invented = foreign.slice(0, -1) + (last === "0" ? "1" : "0");

    const answers: string[] = [];
    for (const path of [foreign, invented, "/tickets/none"]) {
      const response = await page.goto(home("acme") + path);
      const error = new ErrorPage(page);
      await error.expectFor(response, 404, "Nothing at this address");
      const requestId = await error.requestId.innerText();
      answers.push((await page.locator("body").innerHTML()).replaceAll(requestId, "request"));
    }
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).toBe(answers[0]);
  });

  test("cannot send a form of one workspace to a ticket of the other", { tag: "@no-js" }, async ({ page }) => {
    await page.goto(`${home("globex")}/tickets`);
    // By its id: a key such as IT-1 may be of a ticket in both.
    const foreign = `/tickets/${await new TicketList(page).boxes.first().inputValue()}`;
    const list = new TicketList(page);
    await list.open();
    await list.links.first().click();
    const form = page.locator("form").filter({ has: page.getByRole("textbox", { name: "Add a comment" }) });

    // To its own host, where the ticket is none.
    await form.evaluate((node, path) => node.setAttribute("action", path), foreign);
    await form.getByRole("textbox").fill("A comment from next door");
    const response = await answerTo(page, () => form.getByRole("button", { name: "Add comment" }).click());
    await new ErrorPage(page).expectFor(response, 404, "Nothing at this address");

    await page.goto(home("globex") + foreign);
    await expect(page.getByText("A comment from next door")).toHaveCount(0);
  });
});
