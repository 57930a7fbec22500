import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, inOwnWorkspace, test } from "./fixtures.ts";
import { toast } from "./pages/form.ts";
import { TicketForm } from "./pages/tickets.ts";
import { png } from "./png.ts";

test.use(inOwnWorkspace);

const picture = { name: "fire.png", mimeType: "image/png", buffer: png(8, [200, 40, 20]) };
const notes = { name: "notes “final”.txt", mimeType: "text/plain", buffer: Buffer.from("On fire since Monday.") };

const field = (page: Page) => page.getByLabel("Files", { exact: true });
const attach = (page: Page) => page.getByRole("button", { name: "Attach files" });

test("files are attached, opened and removed", { tag: ["@phone", "@no-js"] }, async ({ page }) => {
  await new TicketForm(page).create(`Printer ${randomUUID()}`);
  await field(page).setInputFiles([picture, notes]);
  await attach(page).click();
  await expect(toast(page, "Files attached")).toBeVisible();
  const files = page.getByRole("region", { name: "Files" });
  await expect(files.getByRole("listitem")).toHaveCount(2);
  await expect(files).toContainText("21 bytes");

  const address = await files.getByRole("link", { name: "fire.png", exact: true }).getAttribute("href");
  const [kind, content] = await page.evaluate(async (address) => {
    const answer = await fetch(address);
    return [answer.headers.get("content-type"), [...new Uint8Array(await answer.arrayBuffer())]] as const;
  }, address ?? "");
  expect(kind).toBe("image/png");
  expect(content).toEqual([...picture.buffer]);

  await files.getByRole("link", { name: "Remove “fire.png”" }).click();
  await expect(page.getByRole("heading", { name: "Remove this file?" })).toBeVisible();
  await page.getByRole("button", { name: "Remove file" }).click();
  await expect(toast(page, "File removed")).toBeVisible();
  await expect(files.getByRole("listitem")).toHaveCount(1);
});

test("files come with a comment", { tag: "@no-js" }, async ({ page }) => {
  await new TicketForm(page).create(`Printer ${randomUUID()}`);
  await page.getByRole("link", { name: "Attach with a comment" }).click();
  await field(page).setInputFiles(notes);
  await page.getByLabel("Comment (optional)").fill("As you asked.");
  await attach(page).click();
  await expect(toast(page, "Comment added")).toBeVisible();
  const comment = page.getByRole("listitem").filter({ hasText: "As you asked." }).first();
  await expect(comment.getByRole("link", { name: notes.name, exact: true })).toBeVisible();
});

test("files are dropped and pasted", async ({ page }) => {
  await new TicketForm(page).create(`Printer ${randomUUID()}`);
  const carried = (name: string) =>
    page.evaluateHandle((name) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([name], name, { type: "text/plain" }));
      return transfer;
    }, name);
  const form = page.locator("form[data-attach]");
  await form.dispatchEvent("drop", { dataTransfer: await carried("dropped.txt") });
  const chosen = form.locator("[data-attach-chosen]");
  await expect(chosen).toContainText("dropped.txt, 11 bytes");
  await page.evaluate((transfer) => {
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));
  }, await carried("pasted.txt"));
  await expect(chosen.getByRole("listitem")).toHaveCount(2);
  await attach(page).click();
  await expect(toast(page, "Files attached")).toBeVisible();
  const files = page.getByRole("region", { name: "Files" });
  for (const name of ["dropped.txt", "pasted.txt"]) await expect(files.getByRole("link", { name, exact: true })).toBeVisible();
});

test("a file that is too large is said before it is sent", async ({ page }) => {
  await new TicketForm(page).create(`Printer ${randomUUID()}`);
  await field(page).setInputFiles({ name: "large.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc((25 << 20) + 1) });
  await expect(page.getByText("“large.bin” has 25.1 MB; a file can have at most 25 MB.")).toBeVisible();
  await attach(page).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Printer");
  await expect(page.getByRole("region", { name: "Files" }).getByRole("link", { name: "large.bin" })).toHaveCount(0);
});
