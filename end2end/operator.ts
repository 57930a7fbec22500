// What the operator does: `rowhouse`, the program under test, with the configuration of the server.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { SignInPage } from "./pages/sign-in.ts";
import { type Owner, newOwner } from "./sessions.ts";
import { home } from "./sites.ts";

/** Where `cargo xtask test` has the program; none when tests are run by hand. */
export const program = process.env.ROWHOUSE_E2E_PROGRAM;

/** Runs a command of the server's, and gives what it printed. */
export async function rowhouse(...words: string[]): Promise<string> {
  if (!program) throw new Error("the tests do not know the program");
  const { stdout } = await promisify(execFile)(program, words);
  return stdout;
}

/** A workspace of its own for a test that does with it what others could not stand, and its id. */
export async function newWorkspace(page: Page): Promise<Owner & { id: string; url: string }> {
  const owner = newOwner();
  const made = ["--name", owner.workspace, "--owner-email", owner.email, "--owner-name", owner.name, "--password-stdin"];
  const create = promisify(execFile)(program ?? "", ["tenant", "create", owner.slug, ...made]);
  create.child.stdin?.end(owner.password);
  await create;
  const { id } = JSON.parse(await rowhouse("tenant", "show", owner.slug)) as { id: string };
  const url = home(owner.slug);
  await page.goto(`${url}/sign-in`);
  await new SignInPage(page).submit(owner.email, owner.password);
  await page.waitForURL(`${url}/tickets`);
  return { ...owner, id, url };
}
