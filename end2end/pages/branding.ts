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
  readonly signInTitle;
  readonly signInText;
  readonly tint;
  readonly plain;
  readonly picture;
  readonly removePicture;
  readonly sender;
  readonly light;
  readonly dark;

  constructor(readonly page: Page) {
    this.name = page.getByRole("textbox", { name: "Name", exact: true });
    this.accent = page.getByLabel("Accent", { exact: true });
    this.accentDark = page.getByLabel("Accent in dark");
    this.mark = page.getByLabel(/^Mark/);
    this.save = page.getByRole("button", { name: "Save branding" });
    this.preview = page.getByRole("button", { name: "Preview" });
    this.removeMark = page.getByRole("button", { name: "Remove mark" });
    this.signInTitle = page.getByLabel(/^Title/);
    this.signInText = page.getByLabel(/^Text/);
    this.tint = page.getByRole("radio", { name: "Tint" });
    this.plain = page.getByRole("radio", { name: "Plain" });
    this.picture = page.locator("#background_picture");
    this.removePicture = page.getByRole("button", { name: "Remove picture" });
    this.sender = page.getByLabel(/^Name of the sender/);
    this.light = page.locator("#branding-preview .scheme-light:not(.preview--sign-in) .button--primary");
    this.dark = page.locator("#branding-preview .scheme-dark:not(.preview--sign-in) .button--primary");
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
