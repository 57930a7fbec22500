import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { catalogue } from "./pages/catalogue.ts";

/** What axe finds wrong, a line each. */
async function violations(page: Page): Promise<string[]> {
  // The rows of a list are of one kind: a few of them stand for all, in a tenth of the time.
  const { violations } = await new AxeBuilder({ page }).exclude(".ticket-row:nth-child(n + 9)").analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}

/** Content and window, in pixels. */
function widths(page: Page): Promise<{ content: number; window: number }> {
  return page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
}

for (const { name: group, use, faces } of catalogue) {
  test.describe(group, () => {
    test.use(use);

    for (const { name, open } of faces) {
      test(`${name} can be used by all, in light, dark and narrow`, { tag: "@phone" }, async ({ page, isMobile }) => {
        // Without motion: what fades in has no contrast at first.
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
        await open(page);
        expect.soft(await violations(page), "light").toEqual([]);
        // The colours of a phone are the same.
        if (isMobile) return;
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "dark" });
        expect.soft(await violations(page), "dark").toEqual([]);
        await page.setViewportSize({ width: 320, height: 640 });
        const { content, window } = await widths(page);
        expect(content, "at 320 pixels").toBeLessThanOrEqual(window);
      });
    }
  });
}
