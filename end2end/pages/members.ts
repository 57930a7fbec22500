import { type APIRequestContext, type Page, expect } from "@playwright/test";
import { apex } from "../sites.ts";

/** `/admin/members`, its invitations and the page of a person. */
export class MembersPage {
  readonly invite;
  readonly search;
  readonly show;
  readonly emails;
  readonly role;
  readonly send;

  constructor(readonly page: Page) {
    this.invite = page.getByRole("link", { name: "Invite people" });
    this.search = page.getByRole("searchbox", { name: "Search names and addresses" });
    this.show = page.getByRole("button", { name: "Show", exact: true });
    this.emails = page.getByLabel("Email addresses");
    this.role = page.getByLabel("Role", { exact: true });
    this.send = page.getByRole("button", { name: /^Send .*invitation/ });
  }

  open() {
    return this.page.goto("/admin/members");
  }

  person(name: string) {
    return this.page.getByRole("link", { name, exact: true });
  }
}

/** The link in the newest mail to an address. */
export async function linkMailedTo(request: APIRequestContext, email: string): Promise<string> {
  const answer = await request.get(`${apex}/dev/mail.json?to=${encodeURIComponent(email)}`);
  expect(answer.status()).toBe(200);
  const [newest] = (await answer.json()) as { text: string }[];
  const link = newest?.text.match(/https?:\/\/\S+\/join\?token=[0-9a-f]+/)?.[0];
  expect(link, `a link in the mail to ${email}`).toBeTruthy();
  return link ?? "";
}
