import { type Locator, type Page, expect } from "@playwright/test";

/** A field's message, which the field itself must point to. */
export async function expectFieldError(field: Locator, message: string | RegExp) {
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(message);
}

/** The summary on top of a form that failed. */
export function summary(page: Page): Locator {
  return page.getByRole("alert");
}

/** What the last page wants said on this one. */
export function toast(page: Page, text: string): Locator {
  return page.getByRole("status").getByText(text, { exact: true });
}

/**
 * Types into a field until what an island makes of it is there. Islands wake a moment after the page has loaded, and
 * what is typed before that is not heard.
 */
export async function typeUntil(field: Locator, text: string, outcome: Locator) {
  await expect(async () => {
    await field.fill("");
    await field.fill(text);
    await expect(outcome).toBeVisible({ timeout: 1_500 });
  }).toPass({ intervals: [50] });
}
