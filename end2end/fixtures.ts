// What every test gets: a page that must keep its console clean, and on demand a session or a workspace of its own.

import { type Browser, type TestInfo, test as base } from "@playwright/test";
import { type Workspace, ownWorkspace, sessions, shownLately } from "./sessions.ts";
import { home } from "./sites.ts";

export { expect } from "@playwright/test";

type Use<T> = (value: T) => Promise<void>;

export const test = base.extend<{ cleanConsole: void; refusals: RegExp[] }, { workspace: Workspace }>({
  // Addresses that scripts ask and that answer with an error on purpose: no fault of the page.
  refusals: [[], { option: true }],

  // A workspace that no other worker touches. Tests of one worker share it, so none relies on what it holds.
  workspace: [
    async ({ browser }, use, info) => use(await ownWorkspace(browser, info.project.outputDir, info.parallelIndex)),
    { scope: "worker" },
  ],

  // Fails the test when a page wrote an error to the console, threw one, or broke its Content-Security-Policy.
  cleanConsole: [
    async ({ context, refusals }, use) => {
      const faults: string[] = [];
      const failed: { text: string; url: string }[] = [];
      const pages = new Set<string>();
      context.on("response", (response) => {
        if (response.request().isNavigationRequest()) pages.add(response.url());
      });
      context.on("console", (message) => {
        const { url } = message.location();
        if (message.type() !== "error") return;
        // Chromium says so of every answer from 400 on. Of a page that is an answer like any other.
        if (message.text().startsWith("Failed to load resource")) failed.push({ text: message.text(), url });
        else faults.push(message.text());
      });
      context.on("weberror", (thrown) => faults.push(String(thrown.error())));
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`Content-Security-Policy: ${event.effectiveDirective} forbids ${event.blockedURI}`);
        });
      });
      await use();
      const isFault = (url: string) => !pages.has(url) && !refusals.some((refusal) => refusal.test(url));
      faults.push(...failed.filter(({ url }) => isFault(url)).map(({ text, url }) => `${text} ${url}`));
      if (faults.length > 0) throw new Error(`The console is not clean:\n${faults.join("\n")}`);
    },
    { auto: true },
  ],
});

/** For `test.use`: signed in as these demo accounts, the first one's workspace being where paths lead. */
export function signedInAs(...emails: [string, ...string[]]) {
  const slug = emails[0].slice(emails[0].indexOf("@") + 1, -".test".length);
  return {
    baseURL: home(slug),
    storageState: async ({ browser }: { browser: Browser }, use: Use<object>, info: TestInfo) =>
      use(await sessions(browser, info.project.outputDir, emails)),
  };
}

/** For `test.use`: signed in as the owner of the worker's own workspace. */
export const inOwnWorkspace = {
  baseURL: async ({ workspace }: { workspace: Workspace }, use: Use<string>) => use(workspace.url),
  storageState: async ({ browser, workspace }: { browser: Browser; workspace: Workspace }, use: Use<object>) =>
    use(await shownLately(browser, workspace)),
};
