import type { Page } from "@playwright/test";

/** What stands around every page of a workspace. On a phone, the sidebar opens behind a button. */
export class Shell {
  readonly menu;
  readonly sidebar;
  readonly search;
  readonly hits;
  readonly person;
  readonly signOutButton;

  constructor(readonly page: Page) {
    this.menu = page.getByRole("button", { name: "Menu" });
    this.sidebar = page.getByRole("complementary", { name: "Workspace" });
    this.search = this.sidebar.getByRole("searchbox", { name: "Search all tickets" });
    this.hits = this.sidebar.getByRole("list", { name: "Tickets found" });
    this.person = this.sidebar.locator("[popovertarget=person-menu]");
    this.signOutButton = page.getByRole("button", { name: "Sign out" });
  }

  async openSidebar() {
    // Whether there is a button for it is up to the stylesheet.
    await this.page.waitForLoadState();
    if (await this.menu.isVisible()) await this.menu.click();
  }

  async signOut() {
    await this.openSidebar();
    await this.person.click();
    await this.signOutButton.click();
  }
}
