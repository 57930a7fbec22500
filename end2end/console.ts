// The operator of the demonstration, at the console. The account is shared by all workers of a run: its first sign-in, which
// sets up the authenticator app, happens once, and signing in is limited. So what the app and the session hold is kept.

import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Page, type TestInfo, expect } from "@playwright/test";
import { type State, demoPassword } from "./sessions.ts";
import { home } from "./sites.ts";

/** Where operators are. */
export const consoleUrl = home("console");

export const operatorEmail = "operator@rowhouse.test";

/** What the operator keeps: the key in the app, the recovery codes, and a session with when it was opened. */
export type Operator = { key: string; codes: string[]; state: State; at: number };

/** Sessions end after half an hour without a request. */
const freshFor = 15 * 60_000;

/** The code that an app with this key (RFC 4648, base 32) shows now (RFC 6238). */
export function oneTimeCode(key: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", bytes).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export async function showPassword(page: Page) {
  await page.goto(`${consoleUrl}/sign-in`);
  await page.getByLabel("Email").fill(operatorEmail);
  await page.getByLabel("Password").fill(demoPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The operator, signed in. */
export async function operator(browser: Browser, folder: string): Promise<Operator> {
  const file = join(folder, "operator.json");
  return alone(join(folder, "operator.lock"), async () => {
    const known: Operator | undefined = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    if (known && Date.now() - known.at < freshFor) return known;
    const context = await browser.newContext({ baseURL: consoleUrl });
    try {
      const page = await context.newPage();
      await showPassword(page);
      const kept = known ? await enterCode(page, known) : await setUp(page);
      const now = { ...kept, state: await context.storageState(), at: Date.now() };
      // Whoever reads meanwhile finds the whole file.
      writeFileSync(`${file}.new`, JSON.stringify(now));
      renameSync(`${file}.new`, file);
      return now;
    } finally {
      await context.close();
    }
  });
}

/** The first sign-in: an app is set up, and recovery codes are shown. */
async function setUp(page: Page): Promise<Pick<Operator, "key" | "codes">> {
  await expect(page.getByRole("heading", { name: "Set up an authenticator app" })).toBeVisible();
  await expect(page.getByRole("img", { name: /^QR code/ })).toBeVisible();
  const key = await page.locator("#secret-key").innerText();
  await page.getByRole("textbox", { name: "Code" }).fill(oneTimeCode(key));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Your app is set up" })).toBeVisible();
  // All of them.
  await page.waitForLoadState();
  const codes = (await page.getByRole("group", { name: /^Recovery codes/ }).innerText()).split("\n");
  expect(codes).toHaveLength(10);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await expect(page.getByRole("heading", { name: "Tenants" })).toBeVisible();
  return { key, codes };
}

async function enterCode(page: Page, known: Operator): Promise<Pick<Operator, "key" | "codes">> {
  await page.getByRole("textbox", { name: "Code" }).fill(oneTimeCode(known.key));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Tenants" })).toBeVisible();
  return known;
}

/** One worker at a time: a folder is made by one alone. */
async function alone<T>(lock: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(join(lock, ".."), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  try {
    return await act();
  } finally {
    rmdirSync(lock);
  }
}

/** For `test.use`: signed in to the console. */
export const atTheConsole = {
  baseURL: consoleUrl,
  storageState: async ({ browser }: { browser: Browser }, use: (state: object) => Promise<void>, info: TestInfo) =>
    use((await operator(browser, info.project.outputDir)).state),
};
