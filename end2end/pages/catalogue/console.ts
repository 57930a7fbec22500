// The operators' console.

import { expect } from "@playwright/test";
import { atTheConsole, consoleUrl } from "../../console.ts";
import { newOwner } from "../../sessions.ts";
import { type Group, at } from "./face.ts";

export const atConsole: Group[] = [
  {
    name: "operator",
    use: atTheConsole,
    faces: [
      at("/"),
      at("/?q=nothing-is-called-so"),
      at("/?state=trialing&sort=newest"),
      at("/?plan=team&sort=calls"),
      at("/tenants/acme"),
      at("/tenants/acme?range=24h"),
      at("/tenants/acme/billing"),
      at("/tenants/acme/plan"),
      {
        name: "/tenants/acme/overrides with problems",
        open: async (page) => {
          await page.goto("/tenants/acme/overrides");
          await page.getByLabel("Value").fill("many");
          await page.getByLabel("Reason").fill("x");
          await page.getByRole("button", { name: "Add override" }).click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
      at("/tenants/acme/overrides/seats/end"),
      at("/tenants/acme/suspend"),
      at("/tenants/nobody-lives-here"),
      at("/audit"),
      at("/audit?who=nobody-is-called-so"),
      at("/account"),
    ],
  },
  {
    name: "nobody, at the console",
    use: { baseURL: consoleUrl },
    faces: [
      {
        name: "the console's /sign-in with a wrong password",
        open: async (page) => {
          await page.goto("/sign-in");
          await page.getByLabel("Email").fill(newOwner().email);
          await page.getByLabel("Password").fill("not my password");
          await page.getByRole("button", { name: "Sign in" }).click();
          await expect(page.getByRole("alert")).toBeVisible();
        },
      },
    ],
  },
];
