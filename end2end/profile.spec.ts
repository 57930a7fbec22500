import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { answerTo } from "./pages/error.ts";
import { expectFieldError, toast } from "./pages/form.ts";
import { ProfilePage } from "./pages/profile.ts";
import { Shell } from "./pages/shell.ts";
import { TicketForm, TicketPage } from "./pages/tickets.ts";
import { png } from "./png.ts";

test.use(inOwnWorkspace);

test("one finds one’s profile in the menu", { tag: ["@phone"] }, async ({ page }) => {
  await page.goto("/tickets");
  const shell = new Shell(page);
  await shell.openSidebar();
  await shell.person.click();
  await page.getByRole("link", { name: "Profile" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Profile" })).toBeVisible();
});

test("a new name is seen by all", { tag: ["@phone", "@no-js"] }, async ({ page, workspace }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  try {
    await profile.name.fill("Dana O’Kafor");
    await profile.save.click();
    await expect(toast(page, "Profile saved")).toBeVisible();
    const shell = new Shell(page);
    await shell.openSidebar();
    await expect(shell.person).toContainText("Dana O’Kafor");
  } finally {
    await profile.open();
    await profile.name.fill(workspace.name);
    await profile.save.click();
    await expect(toast(page, "Profile saved")).toBeVisible();
  }
});

test("a long name breaks beside its picture", { tag: ["@phone"] }, async ({ page, workspace }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  try {
    await profile.name.fill(`Dana ${"Okafor-".repeat(12)}Lindqvist`);
    await profile.save.click();
    await expect(toast(page, "Profile saved")).toBeVisible();
    await new TicketForm(page).create("Whose is it?");
    const requester = new TicketPage(page).about.locator("#fact-requester .person");
    await expect(requester).toContainText("Dana Okafor");
    const [face, name] = await requester.evaluate((person) =>
      [...person.children].map((part) => {
        const { left, right, top, bottom } = part.getBoundingClientRect();
        return { left, right, top, bottom };
      }),
    );
    expect(face.right).toBeLessThanOrEqual(name.left);
    expect(face.top).toBeLessThan(name.bottom);
    expect(face.bottom).toBeGreaterThan(name.top);
  } finally {
    await profile.open();
    await profile.name.fill(workspace.name);
    await profile.save.click();
    await expect(toast(page, "Profile saved")).toBeVisible();
  }
});

test("a name that is missing is said beside its field", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  await profile.name.fill(" ");
  await profile.timeZone.selectOption("Asia/Tokyo");
  const answer = await answerTo(page, () => profile.save.click());
  expect(answer.status()).toBe(422);
  await expectFieldError(profile.name, /The name is missing\./);
  await expect(profile.timeZone).toHaveValue("Asia/Tokyo");
});

test("times are written as one chose", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  try {
    await profile.language.selectOption("en-US");
    await profile.timeZone.selectOption("Asia/Kolkata");
    await profile.save.click();
    await expect(page.getByText(/^For you it is now [A-Z][a-z]+ \d+, \d{4}, \d+:\d\d\s[AP]M UTC\+5:30\.$/)).toBeVisible();
    await new TicketForm(page).create("Clock on fire");
    await expect(page.locator("time").first()).toHaveAttribute("title", /[AP]M UTC\+5:30$/);
  } finally {
    await profile.open();
    await profile.language.selectOption("");
    await profile.timeZone.selectOption("");
    await profile.save.click();
    await expect(toast(page, "Profile saved")).toBeVisible();
  }
});

test("a picture is shown beside one’s name, and removed", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  await profile.picture.setInputFiles({ name: "me.png", mimeType: "image/png", buffer: png(300, [120, 40, 160]) });
  await profile.save.click();
  await expect(toast(page, "Profile saved")).toBeVisible();
  const shell = new Shell(page);
  await shell.openSidebar();
  const picture = shell.person.locator("img.avatar");
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(256);
  await profile.open();
  await profile.removePicture.click();
  await expect(toast(page, "Profile saved")).toBeVisible();
  await expect(profile.removePicture).toHaveCount(0);
});

test("owners cannot do without the mail on a new device", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  const profile = new ProfilePage(page);
  await profile.open();
  await expect(profile.newDevice).toBeChecked();
  await expect(profile.newDevice).toBeDisabled();
  await expect(profile.newDevice).toHaveAccessibleDescription(/Owners always get it\.$/);
});
