// What a page looks like in a state of its, and who sees it.

import type { Page } from "@playwright/test";

export type Face = { name: string; open: (page: Page) => Promise<unknown> };
export type Group = { name: string; use: object; faces: Face[] };

/** A page that opens by its address alone. */
export function at(path: string): Face {
  return { name: path, open: (page) => page.goto(path) };
}
