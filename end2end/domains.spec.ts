import { randomBytes } from "node:crypto";
import { dnsAddress, setText } from "./dns.ts";
import { expect, inOwnWorkspace, signedInAs, test } from "./fixtures.ts";
import { DomainsPage } from "./pages/domains.ts";
import { ErrorPage, answerTo } from "./pages/error.ts";
import { expectFieldError, toast } from "./pages/form.ts";

/** A domain that no other test has. */
function newDomain(): string {
  return `help.${randomBytes(5).toString("hex")}.test`;
}

test.describe("an owner", () => {
  test.use(inOwnWorkspace);

  test("adds a domain, proves it and removes it", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    test.skip(!dnsAddress, "the server under test asks another DNS server");
    const host = newDomain();
    const record = `_rowhouse-challenge.${host}`;
    const domains = new DomainsPage(page);
    await domains.claim(`${host.toUpperCase()}.`);
    await expect(toast(page, "Domain added: now prove that it is yours")).toBeVisible();
    const card = domains.card(host);
    await expect(card.getByText("Waiting for proof")).toBeVisible();
    await expect(card.getByText(record, { exact: true })).toBeVisible();

    const check = card.getByRole("button", { name: `Check now ${host}` });
    await check.click();
    await expect(toast(page, "Domain checked")).toBeVisible();
    await expect(card.getByText(`${record} does not exist yet`)).toBeVisible();
    setText(record, "something else");
    await check.click();
    await expect(card.getByText("holds “something else”")).toBeVisible();

    const value = await card.getByText(/^rowhouse-verification=\w{40}$/).innerText();
    setText(record, value);
    await check.click();
    await expect(toast(page, "Domain proven: it is in service")).toBeVisible();
    await expect(card.getByText("In service", { exact: true })).toBeVisible();

    await card.getByRole("button", { name: `Make main address ${host}` }).click();
    await expect(page.getByRole("alert")).toContainText(host);
    await expect(page.getByText("may not answer")).toBeVisible();

    await domains.open();
    await card.getByRole("link", { name: `Remove ${host}` }).click();
    const remove = page.getByRole("button", { name: `Remove ${host}` });
    await page.getByRole("textbox", { name: "Domain" }).fill("another.test");
    const answer = await answerTo(page, () => remove.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(page.getByRole("textbox", { name: "Domain" }), new RegExp(`Type ${host} to remove it\\.`));
    await page.getByRole("textbox", { name: "Domain" }).fill(host);
    await remove.click();
    await expect(toast(page, "Domain removed")).toBeVisible();
    await expect(card).toHaveCount(0);
  });

  test("is told what is no domain, and keeps what was typed", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const domains = new DomainsPage(page);
    await domains.open();
    await domains.domain.fill("https://help.example.com/");
    const answer = await answerTo(page, () => domains.add.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(domains.domain, /Enter the domain alone/);
    await expect(domains.domain).toHaveValue("https://help.example.com/");
  });
});

test.describe("a member", () => {
  test.use(signedInAs("member@acme.test"));

  test("has no way to the domains", async ({ page }) => {
    await page.goto("/tickets");
    await expect(page.getByRole("link", { name: "Domains", includeHidden: true })).toHaveCount(0);
    const response = await new DomainsPage(page).open();
    await new ErrorPage(page).expectFor(response, 403, "You may not do this");
  });
});
