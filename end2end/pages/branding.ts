import { type Locator, type Page, expect } from "@playwright/test";

/** `/admin/branding`. */
export class BrandingPage {
  readonly name;
  readonly accent;
  readonly accentDark;
  readonly mark;
  readonly save;
  readonly preview;
  readonly removeMark;
  readonly light;
  readonly dark;

  constructor(readonly page: Page) {
    this.name = page.getByRole("textbox", { name: "Name" });
    this.accent = page.getByLabel("Accent", { exact: true });
    this.accentDark = page.getByLabel("Accent in dark");
    this.mark = page.getByLabel(/^Mark/);
    this.save = page.getByRole("button", { name: "Save branding" });
    this.preview = page.getByRole("button", { name: "Preview" });
    this.removeMark = page.getByRole("button", { name: "Remove mark" });
    this.light = page.locator("#branding-preview .scheme-light .button--primary");
    this.dark = page.locator("#branding-preview .scheme-dark .button--primary");
  }

  open() {
    return this.page.goto("/admin/branding");
  }
}

/** The colour that an element's ground really has. */
export function ground(element: Locator): Promise<string> {
  return element.evaluate((node) => getComputedStyle(node).backgroundColor);
}

/** Waits until an element's ground has this colour. */
export async function expectGround(element: Locator, colour: string) {
  await expect(element).toHaveCSS("background-color", colour);
}
