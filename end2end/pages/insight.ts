import type { Page } from "@playwright/test";

/** `/insight`: the dashboard. */
export class InsightPage {
  readonly heading;
  readonly ranges;
  readonly show;
  readonly tiles;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1, name: "Insight" });
    this.ranges = page.getByRole("navigation", { name: "Days" });
    this.show = page.getByRole("button", { name: "Show", exact: true });
    this.tiles = page.locator(".tile");
  }

  open(query = "") {
    return this.page.goto(`/insight${query}`);
  }

  chart(title: string) {
    return new Chart(this.page.getByRole("figure", { name: title }));
  }

  /** The figure of a tile, as a number. */
  async tile(name: string): Promise<number> {
    const text = await this.tiles.filter({ hasText: name }).locator("dd").innerText();
    return Number(text.replaceAll(/[^0-9]/g, ""));
  }
}

/** A chart on a page. */
export class Chart {
  readonly drawing;
  readonly slots;
  readonly readings;
  readonly table;
  readonly export;

  constructor(readonly figure: ReturnType<Page["getByRole"]>) {
    this.drawing = figure.locator("svg[role=img]");
    this.slots = figure.getByRole("radio");
    this.readings = figure.locator(".chart__reading");
    this.table = figure.getByRole("table");
    this.export = figure.getByRole("link", { name: "Export CSV" });
  }

  /** Shows the table behind. */
  openTable() {
    return this.figure.getByText("Show as a table").click();
  }

  /** The readings that can be seen: those that are not clipped away. */
  seen(): Promise<string[]> {
    return this.readings.evaluateAll((readings) =>
      readings
        .filter((reading) => getComputedStyle(reading).clipPath === "none")
        .map((reading) => (reading as HTMLElement).innerText),
    );
  }

  /** The figures of a column of the table, by its place after the row's head, once all of the page is there. */
  async column(place: number): Promise<number[]> {
    await this.figure.page().waitForLoadState();
    const cells = await this.table.locator(`tbody td:nth-child(${place + 1})`).allTextContents();
    return cells.map((cell) => Number(cell.replaceAll(/[^0-9]/g, "")));
  }
}
