import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { catalogue } from "./pages/catalogue.ts";

/** What axe finds wrong, a line each, once what moves or fades has come to rest. */
async function violations(page: Page, narrowed: (axe: AxeBuilder) => AxeBuilder = (axe) => axe): Promise<string[]> {
  await page.evaluate(() => {
    const rest = Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    // What never ends, or was begun and is not drawn any more, is not waited for.
    return Promise.race([rest, new Promise((resolve) => setTimeout(resolve, 2_000))]);
  });
  // The rows of a list are of one kind: a few of them stand for all, in a tenth of the time.
  // So do the points and the lines of the tables of charts, and the endpoints and schemas of the reference.
  const axe = new AxeBuilder({ page })
    .exclude(".ticket-row:nth-child(n + 9)")
    .exclude(".chart :is(li, tr, .chart__slot):nth-child(n + 9)")
    .exclude(".reference__group:nth-of-type(n + 4)")
    .exclude(".reference__schemas > details:nth-of-type(n + 9)")
    .exclude(".reference__contents > ul > li:nth-child(n + 4)");
  const { violations } = await narrowed(axe).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}

/** What does not fit into the window: how far the page can be scrolled aside, and what cuts its content off. */
function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const beyond = root.scrollWidth - root.clientWidth;
    const cut = [...document.querySelectorAll("body *")].filter((element) => {
      const { overflowX, textOverflow, clipPath } = getComputedStyle(element);
      // What is clipped is for those who listen; an ellipsis says that there is more.
      const hides = (overflowX === "hidden" || overflowX === "clip") && textOverflow !== "ellipsis";
      // What is typed into a field moves with the caret; browsers clip it by themselves.
      const isField = element.localName === "input";
      return hides && !isField && clipPath === "none" && element.scrollWidth > element.clientWidth;
    });
    const names = cut.map((element) => `${element.localName}.${element.className} is cut off`);
    return beyond > 0 ? [`the page is ${beyond} pixels too wide`, ...names] : names;
  });
}

for (const { name: group, use, faces } of catalogue) {
  test.describe(group, () => {
    test.use(use);

    for (const { name, open } of faces) {
      // One visit, made dark and then narrow: opening the page again would cost more than looking at it.
      test(`${name} can be used by all, in light, dark and narrow`, async ({ page }) => {
        // Without motion: what fades in has no contrast at first.
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
        await open(page);
        // What a click led to may be there only in part.
        await page.waitForLoadState();
        expect.soft(await violations(page), "light").toEqual([]);
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "dark" });
        // Nothing but the colours is different.
        const ofColours = await violations(page, (axe) => axe.withRules("color-contrast"));
        expect.soft(ofColours, "dark").toEqual([]);
        await page.setViewportSize({ width: 320, height: 640 });
        // A window that has just been made narrow still has the styles of a wide one.
        await expect.poll(() => misfits(page), { message: "at 320 pixels" }).toEqual([]);
        // Everything but the colours may be.
        const ofLayout = await violations(page, (axe) => axe.disableRules("color-contrast"));
        expect.soft(ofLayout, "narrow").toEqual([]);
      });
    }
  });
}
