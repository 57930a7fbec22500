import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { letterTo } from "./mail.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, toast } from "./pages/form.ts";
import { newPerson } from "./people.ts";

test.use(inOwnWorkspace);

test("the password shown again leads back", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  try {
    await person.page.goto("/confirm?next=/account/devices");
    const password = person.page.getByLabel("Password");
    const confirm = person.page.getByRole("button", { name: "Confirm with the password" });
    await password.fill("not my password");
    const answer = await answerTo(person.page, () => confirm.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(password, "That is not your password.");
    await password.fill(person.password);
    await confirm.click();
    await expect(person.page).toHaveURL(`${workspace.url}/account/devices`);
  } finally {
    await person.context.close();
  }
});

test("an address is changed when both ends confirm", { tag: ["@phone", "@no-js"] }, async ({ page, browser, workspace }) => {
  const person = await newPerson(page, browser, workspace);
  const next = `next-${person.email}`;
  try {
    // Joining was showing who one is.
    await person.page.goto("/account/email");
    await person.page.getByLabel("New address").fill(next);
    await person.page.getByRole("button", { name: "Send the links" }).click();
    await expect(toast(person.page, "The links are on their way to the mailboxes")).toBeVisible();
    await expect(person.page.getByText(`A change to ${next} is on its way`)).toBeVisible();

    const [old] = (await letterTo(person.email, /^Confirm the change/)).links;
    await person.page.goto(old ?? "");
    await expect(person.page.getByRole("button", { name: "This was not me" })).toBeVisible();
    await person.page.getByRole("button", { name: "Confirm the change" }).click();
    await expect(person.page.getByRole("heading", { name: "Confirmed. One more to go" })).toBeVisible();
    const [fresh] = (await letterTo(next, /^Confirm your new email/)).links;
    await person.page.goto(fresh ?? "");
    await person.page.getByRole("button", { name: "Yes, this is my address" }).click();
    await expect(person.page.getByRole("heading", { name: "Your email address is changed" })).toBeVisible();
    await person.page.goto("/account/security");
    await expect(person.page.getByText(`You sign in and get mail as ${next}.`)).toBeVisible();
  } finally {
    await person.context.close();
  }
});
