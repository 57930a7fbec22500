import { type Locator, type Page } from "@playwright/test";

/** `/admin/domains`, and `/admin/sso/domains`, which is like it. */
export class DomainsPage {
  readonly domain;
  readonly add;

  constructor(
    readonly page: Page,
    readonly path = "/admin/domains",
  ) {
    this.domain = page.getByRole("textbox", { name: "Domain" });
    this.add = page.getByRole("button", { name: "Add domain" });
  }

  open() {
    return this.page.goto(this.path);
  }

  async claim(host: string) {
    await this.open();
    await this.domain.fill(host);
    await this.add.click();
  }

  /** What the page shows of one domain. */
  card(host: string): Locator {
    return this.page.getByRole("region", { name: host, exact: true });
  }
}
