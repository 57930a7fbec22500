import type { Page } from "@playwright/test";
import type { Owner } from "../sessions.ts";
import { apex } from "../sites.ts";

/** `/sign-up` of the apex. */
export class SignUpPage {
  readonly workspace;
  readonly address;
  readonly name;
  readonly email;
  readonly password;
  readonly button;

  constructor(readonly page: Page) {
    this.workspace = page.getByLabel("Name", { exact: true });
    this.address = page.getByLabel("Address");
    this.name = page.getByLabel("Your name");
    this.email = page.getByLabel("Email", { exact: true });
    this.password = page.getByLabel("Password");
    this.button = page.getByRole("button", { name: "Create workspace" });
  }

  open() {
    return this.page.goto(`${apex}/sign-up`);
  }

  async fill(owner: Owner) {
    await this.workspace.fill(owner.workspace);
    await this.address.fill(owner.slug);
    await this.name.fill(owner.name);
    await this.email.fill(owner.email);
    await this.password.fill(owner.password);
  }

  submit() {
    return this.button.click();
  }
}
