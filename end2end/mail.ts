// What the server mails, read where a development server shows it.

import { setTimeout } from "node:timers/promises";
import { apex } from "./sites.ts";

/** How long a letter may take to be queued. */
const PATIENCE = 10_000;

export interface ReceivedLetter {
  subject: string;
  text: string;
  html: string;
  /** The addresses in the text, each once, in order; the letter's own act is the first. */
  links: string[];
}

interface QueuedMail {
  id: string;
  subject: string;
  text: string;
  html: string;
}

/** The ids of letters to `recipient` so far, for `letterTo` to skip. */
export async function lettersSoFar(recipient: string): Promise<Set<string>> {
  return new Set((await queued(recipient)).map((mail) => mail.id));
}

/** The newest letter to `recipient` whose subject matches, once it is there. Those in `seen` do not count. */
export async function letterTo(
  recipient: string,
  subject: RegExp | string,
  seen: ReadonlySet<string> = new Set(),
): Promise<ReceivedLetter> {
  const matches = (mail: QueuedMail) =>
    !seen.has(mail.id) && (typeof subject === "string" ? mail.subject === subject : subject.test(mail.subject));
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const mails = await queued(recipient);
    const mail = mails.find(matches);
    if (mail) return { subject: mail.subject, text: mail.text, html: mail.html, links: linksIn(mail.text) };
    if (Date.now() > deadline) {
      const there = mails.map((other) => `“${other.subject}”`).join(", ") || "none";
      throw new Error(`No letter to ${recipient} with the subject ${subject}. There: ${there}`);
    }
    await setTimeout(100);
  }
}

async function queued(recipient: string): Promise<QueuedMail[]> {
  const answer = await fetch(`${apex}/dev/mail.json?to=${encodeURIComponent(recipient)}`);
  if (!answer.ok) throw new Error(`/dev/mail.json answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as QueuedMail[];
}

function linksIn(text: string): string[] {
  return [...new Set(text.match(/https?:\/\/[^\s<>"]+/g) ?? [])];
}
