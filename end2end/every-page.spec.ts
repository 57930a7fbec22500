import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./fixtures.ts";
import { catalogue } from "./pages/catalogue.ts";

for (const { name: group, use, faces } of catalogue) {
  test.describe(group, () => {
    test.use(use);

    for (const { name, open } of faces) {
      test(`${name} is accessible in light and dark`, { tag: "@phone" }, async ({ page }) => {
        // Without motion: what fades in has no contrast at first.
        await page.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
        await open(page);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ reducedMotion: "reduce", colorScheme });
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
          );
          expect(found, colorScheme).toEqual([]);
        }
      });

      test(`${name} fits into 320 pixels`, async ({ page }) => {
        await page.setViewportSize({ width: 320, height: 640 });
        await open(page);
        const { content, window } = await page.evaluate(() => ({
          content: document.documentElement.scrollWidth,
          window: document.documentElement.clientWidth,
        }));
        expect(content).toBeLessThanOrEqual(window);
      });
    }
  });
}
