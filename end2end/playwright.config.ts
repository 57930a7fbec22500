import { defineConfig } from "@playwright/test";
import { apex } from "./sites.ts";

const report = process.env.ROWHOUSE_E2E_REPORT;

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

// Every test runs on the desktop. One tagged `@phone` runs at a phone's width too, one tagged `@no-js` also with
// JavaScript off.
export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "results",
  globalSetup: ["./dns.ts", "./stripe.ts"],
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  // axe takes long on the largest pages where two browsers share two processors.
  timeout: 60_000,
  expect: { timeout: 5_000 },
  // On a busy machine a page may be too late. What passes at the second try is named as flaky in the report.
  retries: 1,
  reporter: report ? [["list"], ["json", { outputFile: report }]] : [["list"]],
  use: {
    baseURL: apex,
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.ROWHOUSE_E2E_CHROMIUM,
      // Nothing but the server under test is talked to.
      args: [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
      ],
    },
  },
  projects: [
    { name: "desktop", use: { viewport: desktop } },
    { name: "phone", grep: /@phone/, use: { viewport: phone, isMobile: true, hasTouch: true } },
    { name: "no-js", grep: /@no-js/, use: { viewport: desktop, javaScriptEnabled: false } },
  ],
});
