import { expect, inOwnWorkspace, signedInAs, test } from "./fixtures.ts";
import { BrandingPage, expectGround, ground } from "./pages/branding.ts";
import { ErrorPage, answerTo } from "./pages/error.ts";
import { expectFieldError, toast } from "./pages/form.ts";
import { Shell } from "./pages/shell.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { png } from "./png.ts";

const text = { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("This is text, whatever it is called.") };

function svg(content: string) {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">\n${content}</svg>`;
  return { name: "mark.svg", mimeType: "image/svg+xml", buffer: Buffer.from(text) };
}

test.describe("an owner", () => {
  test.use(inOwnWorkspace);

  test("sees a colour while typing it", { tag: "@phone" }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    const [light, dark] = [await ground(branding.light), await ground(branding.dark)];
    await expect(async () => {
      await branding.accent.fill("");
      await branding.accent.fill("#0b7285");
      await expectGround(branding.light, "rgb(11, 114, 133)");
    }).toPass({ intervals: [200] });
    expect(light).not.toBe("rgb(11, 114, 133)");
    expect(await ground(branding.dark)).not.toBe(dark);

    await branding.accent.fill("#0b");
    await expect(page.getByRole("status").filter({ hasText: "Write the colour as #" })).toBeVisible();
    await branding.accent.fill("#c92a2a");
    await expect(page.getByRole("status").filter({ hasText: "Write the colour as #" })).toBeHidden();
    await expectGround(branding.light, "rgb(201, 42, 42)");
  });

  test("looks at colours without saving them", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    const saved = await branding.accent.inputValue();
    await branding.accent.fill("#5f3dc4");
    await branding.accentDark.fill("#b197fc");
    await branding.preview.click();
    await expectGround(branding.light, "rgb(95, 61, 196)");
    await expectGround(branding.dark, "rgb(177, 151, 252)");
    await expect(branding.accentDark).toHaveValue("#b197fc");
    await branding.open();
    await expect(branding.accent).toHaveValue(saved);
    await expect(branding.accentDark).toHaveValue("");
  });

  test("changes name and colour of every page", { tag: ["@phone", "@no-js"] }, async ({ page, context, workspace }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    const saved = { name: await branding.name.inputValue(), accent: await branding.accent.inputValue() };
    const name = `Painted ${workspace.slug}`;
    try {
      await branding.name.fill(name);
      await branding.accent.fill("#0b7285");
      await branding.save.click();
      await expect(toast(page, "Branding saved")).toBeVisible();
      await expect(branding.accent).toHaveValue("#0b7285");
      const light = "rgb(11, 114, 133)";
      await expectGround(branding.light, light);
      const dark = await ground(branding.dark);

      await page.goto("/tickets/new");
      await expect(page).toHaveTitle(`New ticket · ${name}`);
      const button = page.getByRole("button", { name: "Create ticket" });
      await page.emulateMedia({ colorScheme: "light" });
      await expectGround(button, light);
      await page.emulateMedia({ colorScheme: "dark" });
      await expectGround(button, dark);

      await context.clearCookies();
      const signIn = new SignInPage(page);
      await signIn.open();
      await expect(signIn.heading).toHaveText(`Sign in to ${name}`);
      await expectGround(signIn.button, dark);
      await context.addCookies(workspace.state.cookies);
    } finally {
      await branding.open();
      await branding.name.fill(saved.name);
      await branding.accent.fill(saved.accent);
      await branding.save.click();
      await expect(page).toHaveTitle(`Branding · ${saved.name}`);
    }
  });

  test("is told what is wrong with a colour, and keeps what was typed", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    await branding.name.fill("Not yet");
    await branding.accent.fill("teal");
    const answer = await answerTo(page, () => branding.save.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(branding.accent, /Write the colour as # and six characters .*\.$/);
    await expect(branding.accent).toHaveValue("teal");
    await expect(branding.name).toHaveValue("Not yet");
    await branding.open();
    await expect(branding.name).not.toHaveValue("Not yet");
  });

  test("uploads a mark, which all pages wear, and removes it", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    // One of a colour of its own: the mark of a test before is not taken for it.
    await branding.mark.setInputFiles({ name: "mark.png", mimeType: "image/png", buffer: png(96, [16, 152, 173]) });
    await branding.save.click();
    await expect(toast(page, "Branding saved")).toBeVisible();

    await page.goto("/tickets");
    const shell = new Shell(page);
    await shell.openSidebar();
    const mark = shell.sidebar.locator("img.mark");
    await expect(mark).toHaveAttribute("src", /^\/brand\/logo\/[0-9a-f]+\.png$/);
    const width = () => mark.evaluate((image) => (image as HTMLImageElement).naturalWidth);
    await expect.poll(width).toBeGreaterThan(0);
    const icon = await page.locator("link[rel=icon]").evaluate(async (link) => {
      const answer = await fetch((link as HTMLLinkElement).href);
      return `${answer.status} ${answer.headers.get("content-type")}`;
    });
    expect(icon).toBe("200 image/png");

    await branding.open();
    await branding.removeMark.click();
    await expect(toast(page, "Branding saved")).toBeVisible();
    await expect(branding.removeMark).toHaveCount(0);
    await shell.openSidebar();
    await expect(shell.sidebar.locator("svg.mark")).toHaveCount(1);
  });

  test("is told that a file is no picture", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    await branding.name.fill("Still here");
    await branding.mark.setInputFiles(text);
    const answer = await answerTo(page, () => branding.save.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(branding.mark, /The file is not a picture that can be read\. Use a PNG, JPEG, WebP or SVG file\.$/);
    await expect(branding.name).toHaveValue("Still here");
  });

  test("uploads a drawing, and is told what is not allowed in one", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    await branding.mark.setInputFiles(svg("<script>alert(1)</script>"));
    const answer = await answerTo(page, () => branding.save.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(branding.mark, /SVG, line 2: the element <script> is not allowed\. .*\.$/);
    await branding.mark.setInputFiles(svg('<circle cx="5" cy="5" r="5" fill="teal"/>'));
    await branding.save.click();
    await expect(toast(page, "Branding saved")).toBeVisible();
    await expect(page.locator(".upload img.mark")).toHaveAttribute("src", /^\/brand\/logo\/[0-9a-f]+\.png$/);
    await branding.removeMark.click();
    await expect(toast(page, "Branding saved")).toBeVisible();
    await expect(branding.removeMark).toHaveCount(0);
  });

  test("dresses the sign-in page", { tag: ["@phone", "@no-js"] }, async ({ page, context, workspace }) => {
    const branding = new BrandingPage(page);
    const signIn = new SignInPage(page);
    await branding.open();
    try {
      await branding.signInTitle.fill("Good to see you");
      await branding.signInText.fill("Stuck?\nAsk 12-34.");
      await branding.tint.check();
      await branding.preview.click();
      await expect(page.locator(".preview--sign-in.preview--tint")).toHaveCount(2);
      await expect(branding.signInText).toHaveValue("Stuck?\nAsk 12-34.");
      await branding.picture.setInputFiles({ name: "wall.png", mimeType: "image/png", buffer: png(64, [20, 90, 60]) });
      await branding.save.click();
      await expect(toast(page, "Branding saved")).toBeVisible();

      await context.clearCookies();
      await signIn.open();
      await expect(page.getByText("Good to see you")).toBeVisible();
      await expect(page.getByText("Ask 12-34.")).toBeVisible();
      const picture = page.locator("img.solo__ground");
      await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(64);
      await context.addCookies(workspace.state.cookies);
      await branding.open();
      await branding.removePicture.click();
      await expect(toast(page, "Branding saved")).toBeVisible();
      await expect(branding.plain).toBeChecked();
    } finally {
      await context.addCookies(workspace.state.cookies);
      await branding.open();
      await branding.signInTitle.fill("");
      await branding.signInText.fill("");
      await branding.plain.check();
      await branding.save.click();
      await expect(toast(page, "Branding saved")).toBeVisible();
    }
    await context.clearCookies();
    await signIn.open();
    await expect(signIn.heading).toBeVisible();
    await expect(page.locator(".welcome__title, .solo__ground")).toHaveCount(0);
  });

  test("is told what no sender may be called", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    const branding = new BrandingPage(page);
    await branding.open();
    await branding.sender.fill("boss@bank.test");
    const answer = await answerTo(page, () => branding.save.click());
    expect(answer.status()).toBe(422);
    await expectFieldError(branding.sender, /The sender’s name contains @.*Leave it out\.$/);
    await expect(branding.sender).toHaveValue("boss@bank.test");
  });
});

test.describe("a member", () => {
  test.use(signedInAs("member@acme.test"));

  test("has no way to the branding", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
    await page.goto("/tickets");
    await expect(page.getByRole("link", { name: "Branding", includeHidden: true })).toHaveCount(0);
    const response = await new BrandingPage(page).open();
    await new ErrorPage(page).expectFor(response, 403, "You may not do this");
    await expect(page.getByText("does not include the permission “branding.manage”")).toBeVisible();
  });
});
