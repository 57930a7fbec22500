import { type Page, type Response, expect } from "@playwright/test";

/** An error page: what happened, what to do, and the request's id. */
export class ErrorPage {
  readonly heading;
  readonly requestId;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.requestId = page.locator(".request-id code");
  }

  /** Expects this page for an answer: its status, its title, and the same request id as in the answer's header. */
  async expectFor(response: Response | null, status: number, title: string) {
    expect(response?.status()).toBe(status);
    await expect(this.heading).toHaveText(title);
    await expect(this.requestId).toHaveText(response?.headers()["x-request-id"] ?? "no header");
  }
}

/** Does what sends a form, and gives the page that it is answered with. */
export async function answerTo(page: Page, act: () => Promise<unknown>): Promise<Response> {
  const isAnswer = (response: Response) =>
    response.request().isNavigationRequest() && (response.status() < 300 || response.status() >= 400);
  const [response] = await Promise.all([page.waitForResponse(isAnswer), act()]);
  return response;
}
