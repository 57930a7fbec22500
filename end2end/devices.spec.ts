import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { letterTo } from "./mail.ts";
import { toast } from "./pages/form.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { newPerson } from "./people.ts";

test.use(inOwnWorkspace);

test("a new device is told of, listed and signed out", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  const other = await browser.newContext({ baseURL: workspace.url, storageState: { cookies: [], origins: [] } });
  try {
    const there = await other.newPage();
    const signIn = new SignInPage(there);
    await signIn.open();
    await signIn.submit(person.email, person.password);
    await there.waitForURL("**/tickets");
    const letter = await letterTo(person.email, /^New sign-in/);
    expect(letter.links).toContain(`${workspace.url}/account/devices`);

    await person.page.goto("/account/devices");
    const rows = person.page.getByRole("listitem").filter({ hasText: "Signed in" });
    await expect(rows).toHaveCount(2);
    await expect(rows.filter({ hasText: "This device" })).toHaveCount(1);
    await person.page.getByRole("button", { name: /^Sign out there/ }).click();
    await expect(toast(person.page, "Signed out there")).toBeVisible();
    await expect(rows).toHaveCount(1);
    await there.goto("/tickets");
    await expect(there).toHaveURL(/\/sign-in/);

    await signIn.submit(person.email, person.password);
    await there.waitForURL("**/tickets");
    await person.page.reload();
    await person.page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(toast(person.page, "Signed out everywhere else")).toBeVisible();
    await there.goto("/tickets");
    await expect(there).toHaveURL(/\/sign-in/);
    await person.page.goto("/tickets");
    await expect(person.page).toHaveURL(`${workspace.url}/tickets`);
  } finally {
    await other.close();
    await person.context.close();
  }
});
