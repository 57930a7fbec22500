// Sessions and workspaces that tests share. Signing in and signing up are limited per address, so each account signs in
// once a run, and each worker signs up once.
//
// A test that uses a shared session must not sign out or sign in with it: both end the session for all others.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext } from "@playwright/test";
import { SignInPage } from "./pages/sign-in.ts";
import { SignUpPage } from "./pages/sign-up.ts";
import { apex, home } from "./sites.ts";

export const demoPassword = "rowhouse-demo";

export type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Somebody with a workspace of their own. */
export type Owner = { workspace: string; slug: string; name: string; email: string; password: string };

/** A workspace that its worker has for itself. */
export type Workspace = Owner & { url: string; state: State };

/** A company that nobody has signed up yet. */
export function newOwner(): Owner {
  const mark = randomBytes(5).toString("hex");
  return {
    workspace: `Pets ${mark}`,
    slug: `pets-${mark}`,
    name: "Dana Okafor",
    email: `dana@${mark}.test`,
    password: "correct horse battery",
  };
}

/** The cookies of several demo accounts together. Each has its own host, so one browser holds them all. */
export async function sessions(browser: Browser, folder: string, emails: string[]): Promise<State> {
  const states = await Promise.all(emails.map((email) => session(browser, folder, email)));
  return { cookies: states.flatMap((state) => state.cookies), origins: [] };
}

function session(browser: Browser, folder: string, email: string): Promise<State> {
  return kept(join(folder, "sessions", `${email}.json`), async () => {
    const slug = email.slice(email.indexOf("@") + 1, -".test".length);
    return inNewContext(browser, home(slug), async (context) => {
      const page = await context.newPage();
      const signIn = new SignInPage(page);
      await signIn.open();
      await signIn.submit(email, demoPassword);
      await page.waitForURL("**/tickets");
      return context.storageState();
    });
  });
}

/** The workspace of the worker in this place. A worker that follows a failed one finds it again. */
export function ownWorkspace(browser: Browser, folder: string, place: number): Promise<Workspace> {
  return kept(join(folder, "workspaces", `${place}.json`), async () => {
    const owner = newOwner();
    return inNewContext(browser, apex, async (context) => {
      const page = await context.newPage();
      const signUp = new SignUpPage(page);
      await signUp.open();
      await signUp.fill(owner);
      await signUp.submit();
      await page.waitForURL(`${home(owner.slug)}/tickets`);
      return { ...owner, url: home(owner.slug), state: await context.storageState() };
    });
  });
}

/** When the owner of a worker's workspace last showed who they are, by workspace. */
const shown = new Map<string, number>();

/**
 * The owner's session, fit for acts that ask for who one is: that has to be shown again after a quarter of an hour, and
 * a run takes longer.
 */
export async function shownLately(browser: Browser, workspace: Workspace): Promise<State> {
  const minutes = (Date.now() - (shown.get(workspace.slug) ?? 0)) / 60_000;
  if (minutes < 5) return workspace.state;
  const context = await browser.newContext({ baseURL: workspace.url, storageState: workspace.state });
  try {
    const page = await context.newPage();
    await page.goto("/confirm?next=/account/devices");
    await page.getByLabel("Password").fill(workspace.password);
    await page.getByRole("button", { name: "Confirm with the password" }).click();
    await page.waitForURL(`${workspace.url}/account/devices`);
  } finally {
    await context.close();
  }
  shown.set(workspace.slug, Date.now());
  return workspace.state;
}

async function inNewContext<T>(browser: Browser, baseURL: string, act: (context: BrowserContext) => Promise<T>) {
  const context = await browser.newContext({ baseURL });
  try {
    return await act(context);
  } finally {
    await context.close();
  }
}

/** What is in the file, or what `make` makes, which is then kept there. Playwright empties the folder before a run. */
async function kept<T>(file: string, make: () => Promise<T>): Promise<T> {
  if (existsSync(file)) {
    return JSON.parse(readFileSync(file, "utf8"));
  }
  const made = await make();
  mkdirSync(join(file, ".."), { recursive: true });
  // Another worker may read at this moment: it finds the whole file or none.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(made));
  renameSync(draft, file);
  return made;
}
