import { type Page, expect } from "@playwright/test";

/** `/tickets`: the list. */
export class TicketList {
  readonly heading;
  readonly links;
  readonly rows;
  readonly previous;
  readonly next;
  readonly statusTabs;
  readonly search;
  readonly filters;
  readonly chips;
  readonly boxes;
  readonly newTicket;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1, name: "Tickets" });
    this.rows = page.locator(".ticket-row");
    this.links = page.locator(".ticket-row__link");
    const pager = page.getByRole("navigation", { name: "Pages" });
    this.previous = pager.getByRole("link", { name: "Previous" });
    this.next = pager.getByRole("link", { name: "Next" });
    this.statusTabs = page.getByRole("navigation", { name: "Filter by status" });
    this.search = page.getByRole("searchbox", { name: "Search in tickets" });
    this.filters = page.locator("summary", { hasText: "Filters and order" });
    this.chips = page.getByRole("list", { name: "Active filters" }).getByRole("link");
    this.boxes = this.rows.getByRole("checkbox");
    this.newTicket = page.getByRole("link", { name: "New ticket" });
  }

  open(query = "") {
    return this.page.goto(`/tickets${query}`);
  }

  /** The paths of the tickets shown, in their order, once all of the page is there. */
  async paths(): Promise<string[]> {
    await this.page.waitForLoadState();
    return this.links.evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  }

  /** Their titles, likewise. */
  async titles(): Promise<string[]> {
    await this.page.waitForLoadState();
    return this.links.allInnerTexts();
  }

  /** Searches in the list, and waits for the answer. */
  async searchFor(text: string) {
    await this.search.fill(text);
    await this.search.press("Enter");
    await this.page.waitForURL((url) => url.searchParams.get("q") === text);
  }
}

/** `/board`: the tickets of a project, a column for each status. */
export class Board {
  readonly cards;
  readonly alert;

  constructor(readonly page: Page) {
    this.cards = page.locator(".board__card");
    this.alert = page.getByRole("alert");
  }

  open(query = "") {
    return this.page.goto(`/board${query}`);
  }

  column(name: string) {
    return this.page.getByRole("region", { name: new RegExp(`^${name}`) });
  }

  /** The card of a ticket, by its title. */
  card(title: string) {
    return this.cards.filter({ hasText: title });
  }
}

/** `/tickets/new`, and the ticket it leads to. */
export class TicketForm {
  readonly title;
  readonly description;
  readonly priority;
  readonly button;

  constructor(readonly page: Page) {
    this.title = page.getByLabel("Title");
    this.description = page.getByRole("textbox", { name: /^Description/ });
    this.priority = page.getByLabel("Priority");
    this.button = page.getByRole("button", { name: "Create ticket" });
  }

  async open(query = "") {
    await this.page.goto(`/tickets/new${query}`);
    await this.chooseProject();
  }

  /** Where there are several projects: the first. */
  async chooseProject() {
    await expect(this.button).toBeVisible();
    const project = this.page.getByRole("combobox", { name: "Project" });
    if ((await project.count()) > 0 && (await project.inputValue()) === "") await project.selectOption({ index: 1 });
  }

  /** Creates a ticket with this title, and waits for its page and the scripts of it. */
  async create(title: string, description = "") {
    await this.open();
    await this.title.fill(title);
    await this.description.fill(description);
    await this.button.click();
    await expect(this.page.getByRole("heading", { level: 1 })).toContainText(title);
    await this.page.waitForLoadState();
  }
}

/** `/tickets/{key}`. */
export class TicketPage {
  readonly heading;
  readonly badge;
  readonly about;
  readonly status;
  readonly setStatus;
  readonly comment;
  readonly addComment;
  readonly commentAndSolve;
  readonly activity;
  readonly comments;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.badge = page.locator(".ticket__line .status");
    this.about = page.getByRole("complementary", { name: "About this ticket" });
    this.status = page.getByLabel("Status", { exact: true });
    this.setStatus = page.getByRole("button", { name: "Set status" });
    this.comment = page.getByRole("textbox", { name: "Add a comment" });
    this.addComment = page.getByRole("button", { name: "Add comment" });
    this.commentAndSolve = page.getByRole("button", { name: "Comment and solve" });
    this.activity = page.getByRole("region", { name: /^Activity/ }).getByRole("listitem");
    this.comments = page.locator(".entry:not(.entry--event)");
  }

  /** Opens the form behind an edit link: in its place where there is JavaScript. */
  async edit(name: string) {
    await this.page.getByRole("link", { name, exact: true }).click();
  }
}
