import type { Page } from "@playwright/test";

/** `/account/profile`. */
export class ProfilePage {
  readonly name;
  readonly picture;
  readonly removePicture;
  readonly language;
  readonly timeZone;
  readonly newDevice;
  readonly save;

  constructor(readonly page: Page) {
    this.name = page.getByRole("textbox", { name: "Name", exact: true });
    this.picture = page.getByLabel(/^Picture/);
    this.removePicture = page.getByRole("button", { name: "Remove picture" });
    this.language = page.getByLabel("Language");
    this.timeZone = page.getByLabel("Time zone");
    this.newDevice = page.getByRole("checkbox", { name: /new device/ });
    this.save = page.getByRole("button", { name: "Save profile" });
  }

  open() {
    return this.page.goto("/account/profile");
  }
}
