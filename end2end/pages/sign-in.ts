import type { Page } from "@playwright/test";

/** `/sign-in` of a workspace. */
export class SignInPage {
  readonly email;
  readonly password;
  readonly button;
  readonly heading;

  constructor(readonly page: Page) {
    this.email = page.getByLabel("Email", { exact: true });
    this.password = page.getByLabel("Password");
    this.button = page.getByRole("button", { name: "Sign in", exact: true });
    this.heading = page.getByRole("heading", { level: 1, name: /^Sign in to / });
  }

  open(query = "") {
    return this.page.goto(`/sign-in${query}`);
  }

  async submit(email: string, password: string) {
    await this.email.fill(email);
    await this.password.fill(password);
    await this.button.click();
  }
}
