import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { newWorkspace, program } from "./operator.ts";
import { ErrorPage, answerTo } from "./pages/error.ts";
import { toast } from "./pages/form.ts";
import { days, minutes, says, stripeAddress } from "./stripe.ts";

test.skip(!stripeAddress || !program, "the server under test knows another Stripe, or none");
// A life of a subscription has many steps.
test.slow();

/** Looks at a page until something is there: servers learn of a changed plan within a second. */
async function eventually(page: Page, path: string, there: Locator) {
  await expect(async () => {
    await page.goto(path);
    await expect(there).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 15_000 });
}

/** The day so many seconds from now, as the pages write it. */
function dayIn(seconds: number): string {
  const form = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return form.format(Date.now() + seconds * 1000);
}

const title = (page: Page, text: string) => page.locator(".notice__title", { hasText: text });
const badge = (page: Page, text: string) => page.locator(".plan__head .status", { hasText: text });
const fact = (page: Page, name: string) => page.locator(".plan__facts > div", { hasText: name }).locator("dd");

test("a plan is tried on Stripe's page, paid for, changed and cancelled", async ({ page }) => {
  const { id, url } = await newWorkspace(page);
  const plan = `${url}/admin/plan`;
  await page.goto(plan);
  await expect(badge(page, "Agreed with us")).toBeVisible();
  await expect(page.getByText("There are no invoices yet.")).toBeVisible();

  await page.getByRole("button", { name: "Try Team" }).click();
  await expect(page.getByRole("heading", { name: "Stripe's page" })).toBeVisible();
  const wish = new URL(page.url()).searchParams;
  expect(wish.get("line_items[0][price]")).toBe("price_team_1");
  expect(wish.get("line_items[0][quantity]")).toBe("1");
  expect(wish.get("subscription_data[trial_period_days]")).toBe("14");
  // Of the day on which it is said, also where it is seen after midnight.
  const ends = dayIn(14 * days - 60);
  await says(id, "02", 60);
  await eventually(page, `${plan}?paid=1`, badge(page, "Trial"));
  await expect(title(page, `The trial of Team ends on ${ends}`)).toBeVisible();
  await expect(page.getByText("Then the first payment is due.")).toBeVisible();

  await says(id, "07", 30);
  await eventually(page, plan, badge(page, "Active"));
  await expect(fact(page, "Renews on")).toBeVisible();
  await expect(fact(page, "Seats paid for")).toHaveText("3");
  await page.getByRole("link", { name: "Change seats" }).click();
  await page.getByLabel("Seats").fill("5");
  await page.getByRole("button", { name: "Change seats" }).click();
  await expect(toast(page, "Your change is on its way")).toBeVisible();
  await expect(title(page, "On its way: 5 seats")).toBeVisible();
  await says(id, "14", 20);
  await eventually(page, plan, fact(page, "Seats paid for").filter({ hasText: "5" }));

  await page.getByRole("link", { name: "Cancel the subscription" }).click();
  await expect(page.getByText("The subscription ends with the period that is paid")).toBeVisible();
  await page.getByRole("button", { name: "Cancel the subscription" }).click();
  await expect(title(page, "On its way: the end of the subscription")).toBeVisible();
  await says(id, "15", 10);
  await eventually(page, plan, title(page, "The subscription ends on"));
  await expect(page.getByRole("button", { name: "Take the cancellation back" })).toBeVisible();
  await says(id, "16", 5);
  await eventually(page, plan, badge(page, "Cancelled"));
  await expect(fact(page, "Ended on")).toBeVisible();
  await expect(title(page, "The subscription was cancelled")).toBeVisible();
  // A trial is given once.
  await expect(page.getByRole("button", { name: "Choose Team" })).toBeVisible();
});

test("a failed payment is told of with its dates, then nothing can be changed, until it is paid", async ({ page, context }) => {
  const { id, url } = await newWorkspace(page);
  const other = await context.newPage();
  const tickets = `${url}/tickets`;
  await says(id, "01", 20 * days);
  await says(id, "02", 20 * days);
  await says(id, "07", 60 * minutes);
  const [readOnly, suspended] = [dayIn(7 * days - 50 * minutes), dayIn(21 * days - 50 * minutes)];
  await says(id, "08", 50 * minutes);
  await says(id, "09", 49 * minutes);
  await eventually(page, tickets, title(page, "A payment failed"));
  await expect(page.getByText(`becomes read-only on ${readOnly}, and is suspended on ${suspended}.`)).toBeVisible();
  await page.getByRole("link", { name: "See the plan" }).click();
  await expect(badge(page, "Payment failed")).toBeVisible();
  await expect(title(page, "An invoice is not paid")).toBeVisible();
  await expect(page.getByRole("link", { name: "Pay it at Stripe" })).toBeVisible();

  // The form is open already. As Stripe says it now, the first payment failed eight days ago.
  await page.goto(`${url}/labels`);
  await page.getByLabel("Name").fill("Late");
  const later = dayIn(13 * days);
  await says(id, "08", 8 * days);
  await eventually(other, tickets, title(other, "This workspace is read-only, because a payment is missing"));
  await expect(other.getByText(`the workspace is suspended on ${later}.`)).toBeVisible();
  const refused = await answerTo(page, () => page.getByRole("button", { name: "Add label" }).click());
  await new ErrorPage(page).expectFor(refused, 403, "This workspace is read-only");
  await page.getByRole("link", { name: "See the plan" }).click();
  await expect(badge(page, "Read-only")).toBeVisible();

  await says(id, "11", 5);
  await eventually(page, `${url}/admin/plan`, badge(page, "Active"));
  await expect(page.getByRole("row", { name: /TKQ4V8ZY-0002/ })).toContainText("Paid");
  await page.goto(`${url}/labels`);
  await page.getByLabel("Name").fill("Late");
  await page.getByRole("button", { name: "Add label" }).click();
  await expect(page.getByRole("link", { name: "Edit Late" })).toBeVisible();
});
