import { expect, signedInAs, test } from "./fixtures.ts";
import { ErrorPage } from "./pages/error.ts";
import { apex } from "./sites.ts";

/** Another server on the same database, which lets a person see a few pages a minute. None when tests are run by hand. */
const strict = process.env.ROWHOUSE_E2E_STRICT_URL ?? "";

// What the scripts of a page ask is refused, too.
const asked = [new RegExp(`^http://[a-z.]+:${new URL(strict || apex).port}/`)];
test.use({ ...signedInAs("member@initech.test"), refusals: [asked, { option: true }] });

test("somebody who is too fast is told when to go on", async ({ page }) => {
  test.skip(!strict, "there is no server with narrow limits");
  const { protocol, host } = new URL(strict);
  const address = `${protocol}//initech.${host}/account/profile`;
  let response = await page.goto(address);
  expect(response?.status()).toBe(200);
  for (let more = 0; response?.status() === 200 && more < 12; more += 1) response = await page.goto(address);
  await new ErrorPage(page).expectFor(response, 429, "A little too fast");
  await expect(page).toHaveTitle(/^A little too fast · Initech/);
  await expect(page.getByText(/Nothing is lost\. Try again in \d+ (second|minute)/)).toBeVisible();
  expect(Number(response?.headers()["retry-after"])).toBeGreaterThan(0);
  expect(response?.headers().ratelimit).toMatch(/^"user";r=0;t=\d+/);
  // The page is whole: its look is not counted.
  await expect(page.locator(".solo__mark")).toBeVisible();
});
