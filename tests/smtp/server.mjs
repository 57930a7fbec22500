// A mail server for tests. It listens on a port of its own choosing, or on the one given as first argument, says which
// in its first line, and then writes a line of JSON for each message that it took.
//
// What it does is in the name of the mailbox: `later-2@…` is told to come back (451) twice, `never@…` is refused for
// good (550) when it is named, `spam@…` once its message was seen (554). Every refusal is a line too. What comes to
// `slow@…` is taken a second after a line says that it is there.

import { setTimeout } from "node:timers/promises";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

const attempts = new Map();

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

function refusal(code, text) {
  return Object.assign(new Error(text), { responseCode: code });
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  // Passwords travel in clear here, which is a test of passwords, not of TLS.
  allowInsecureAuth: true,
  logger: false,
  onAuth({ username, password }, _session, done) {
    if (password === "right") done(null, { user: username });
    else done(refusal(535, "no such user"));
  },
  onRcptTo({ address }, _session, done) {
    const tried = (attempts.get(address) ?? 0) + 1;
    attempts.set(address, tried);
    const later = /^later-(\d+)@/.exec(address);
    if (later && tried <= Number(later[1])) {
      say({ refused: address, code: 451 });
      return done(refusal(451, "come back later"));
    }
    if (address.startsWith("never@")) {
      say({ refused: address, code: 550 });
      return done(refusal(550, "no such mailbox"));
    }
    return done();
  },
  async onData(stream, session, done) {
    const raw = await read(stream);
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    if (recipients.some((address) => address.startsWith("spam@"))) {
      say({ refused: recipients[0], code: 554 });
      return done(refusal(554, "that looks like spam"));
    }
    if (recipients.some((address) => address.startsWith("slow@"))) {
      say({ receiving: recipients[0] });
      await setTimeout(1000);
    }
    const mail = await PostalMime.parse(raw);
    say({
      envelope: { from: session.envelope.mailFrom.address, to: recipients },
      user: session.user ?? null,
      connection: session.id,
      headers: mail.headers.map(({ key, value }) => [key, value]),
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      raw: raw.toString("latin1"),
    });
    return done();
  },
});

server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => say({ port: server.server.address().port }));
