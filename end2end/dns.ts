// A DNS server for the server under test: it knows the TXT records that tests have set, and nothing else. It lives as
// long as the run, in Playwright's own process; tests, which run in others, reach it through files.

import { createSocket } from "node:dgram";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where `cargo xtask test` told the server to ask; none when tests are run by hand. */
export const dnsAddress = process.env.ROWHOUSE_E2E_DNS;

const folder = join(tmpdir(), `rowhouse-e2e-dns-${dnsAddress?.replace(/\W/g, "-")}`);
const TXT = 16;
const NXDOMAIN = 3;

/** Sets the TXT record of a name. */
export function setText(name: string, text: string) {
  writeFileSync(join(folder, name), text);
}

function textOf(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return undefined;
  }
}

/** The name in the question, and where the question ends (RFC 1035, section 4.1.2). */
function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answer(query: Buffer): Buffer {
  const { name, type, end } = question(query);
  // Only letters, digits and the like: the name of a file.
  const text = /^[\w.-]+$/.test(name) ? textOf(name) : undefined;
  const head = Buffer.from(query.subarray(0, end));
  const isAnswered = text !== undefined && type === TXT;
  head.writeUInt16BE(0x8580 | (text === undefined ? NXDOMAIN : 0), 2);
  head.writeUInt16BE(isAnswered ? 1 : 0, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  if (!isAnswered) return head;
  const data = Buffer.from(text, "latin1");
  const record = Buffer.from([0xc0, 12, 0, TXT, 0, 1, 0, 0, 0, 60, 0, data.length + 1, data.length]);
  return Buffer.concat([head, record, data]);
}

/** Playwright's global set-up; what it returns ends it. */
export default async function serve() {
  if (!dnsAddress) return undefined;
  const [host, port] = dnsAddress.split(":");
  mkdirSync(folder, { recursive: true });
  const socket = createSocket("udp4");
  socket.on("message", (query, peer) => socket.send(answer(query), peer.port, peer.address));
  await new Promise<void>((ready) => socket.bind(Number(port), host, ready));
  return () => {
    socket.close();
    rmSync(folder, { recursive: true, force: true });
  };
}
