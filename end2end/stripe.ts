// A Stripe for the server under test, as far as people get to see it: its page where a plan is paid for, and what it says
// afterwards, which are the events that the Rust tests keep in the shapes that Stripe documents. Like the DNS server it
// lives in Playwright's own process. Whatever else it is asked, it is away: what the server has to tell it stays on its
// way.

import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { apex } from "./sites.ts";

/** Where `cargo xtask test` told the server that Stripe is; none when tests are run by hand. */
export const stripeAddress = process.env.ROWHOUSE_E2E_STRIPE;
const secret = process.env.ROWHOUSE_E2E_STRIPE_SECRET ?? "";

const folder = join(import.meta.dirname, "../tests/it/billing/events");
export const minutes = 60;
export const days = 24 * 60 * minutes;

/** The tenant's customer: each has one. */
function customerOf(tenant: string): string {
  return `cus_${tenant.replaceAll("-", "")}`;
}

/** Has Stripe say what it said in this step of a subscription's life, as of so many seconds ago. */
export async function says(tenant: string, step: string, ago: number) {
  const file = readdirSync(folder).find((name) => name.startsWith(step));
  if (!file) throw new Error(`no event begins with ${step}`);
  const recorded = readFileSync(join(folder, file), "utf8");
  const now = Math.floor(Date.now() / 1000);
  const later = now - ago - (JSON.parse(recorded) as { created: number }).created;
  const body = recorded
    .replaceAll("{tenant}", tenant)
    .replaceAll("cus_TKq4v8Zy2mAcme", customerOf(tenant))
    // The ids of everything else have this in them.
    .replaceAll("acme", tenant.replaceAll("-", ""))
    .replace(/"evt_\w+"/, `"evt_${randomBytes(12).toString("hex")}"`)
    // What is a moment of the life, and not the day on which the price was made.
    .replaceAll(/\b178\d{7}\b/g, (moment) => String(Number(moment) + later));
  const signature = createHmac("sha256", secret).update(`${now}.${body}`).digest("hex");
  const answer = await fetch(`${apex}/stripe/webhook`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Stripe-Signature": `t=${now},v1=${signature}` },
    body,
  });
  expect(await answer.text(), file).toContain("applied");
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const part of request) body += part;
  return new URLSearchParams(body);
}

/** What Stripe answers: a status, and JSON or a page. */
function answer(path: string, asked: URLSearchParams): [number, string] {
  if (path === "POST /v1/customers") {
    return [200, JSON.stringify({ object: "customer", id: customerOf(asked.get("metadata[tenant_id]") ?? "") })];
  }
  if (path === "POST /v1/checkout/sessions") {
    const wish = new URLSearchParams();
    for (const name of ["line_items[0][price]", "line_items[0][quantity]", "subscription_data[trial_period_days]"]) {
      wish.set(name, asked.get(name) ?? "");
    }
    const url = `http://${stripeAddress}/pay?${wish}`;
    return [200, JSON.stringify({ object: "checkout.session", id: "cs_test_1", url })];
  }
  if (path.startsWith("GET /pay?")) {
    const page = "<title>Checkout</title><link rel=icon href=data:,><h1>Stripe&#39;s page</h1>";
    return [200, `<!doctype html><html lang=en>${page}</html>`];
  }
  return [503, JSON.stringify({ error: { type: "api_error", message: "Stripe is away." } })];
}

/** Playwright's global set-up; what it returns ends it. */
export default async function serve() {
  if (!stripeAddress) return undefined;
  const [host, port] = stripeAddress.split(":");
  const server = createServer(async (request, response) => {
    const [status, body] = answer(`${request.method} ${request.url}`, await form(request));
    response.writeHead(status, { "Content-Type": body.startsWith("<") ? "text/html" : "application/json" }).end(body);
  });
  await new Promise<void>((ready) => server.listen(Number(port), host, ready));
  return () => new Promise<void>((ended) => {
    server.close(() => ended());
    server.closeAllConnections();
  });
}
