// The certified OpenID Provider of npm, with one client: the connection under test. Everybody signs in with any name and
// any password; what the name is, is what the provider says of the person.

import { createServer, type Server } from "node:http";
import Provider from "oidc-provider";

export type Client = {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  jwks_uri?: string;
  redirect_uris: string[];
  post_logout_redirect_uris?: string[];
  backchannel_logout_uri?: string;
};

/** What the provider says of somebody beside who it is. */
export type Person = { email?: string; email_verified?: boolean; name?: string; groups?: string[] };

export class OpenIdProvider {
  private constructor(
    readonly issuer: string,
    private readonly server: Server,
    private readonly clients: Client[],
    private readonly people: Map<string, Person>,
  ) {}

  /** A provider on a port of its own, which knows these people by their names. */
  static async start(people: Record<string, Person>): Promise<OpenIdProvider> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the provider has no port");
    const issuer = `http://localhost:${address.port}`;
    const clients: Client[] = [];
    const known = new Map(Object.entries(people));
    const provider = new Provider(issuer, {
      // Clients are added while it runs: a connection's addresses are known only once it is there.
      adapter: adapterWith(clients),
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
      conformIdTokenClaims: false,
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...known.get(id) }) }),
      features: {
        devInteractions: { enabled: true },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true },
      },
      // Its own guard against private addresses would refuse every connection of this machine.
      fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
      cookies: { keys: ["for tests alone"] },
      pkce: { required: () => true },
      ttl: { Session: 600, Grant: 600, IdToken: 600, AccessToken: 600, Interaction: 600 },
    });
    server.on("request", provider.callback());
    return new OpenIdProvider(issuer, server, clients, known);
  }

  /** Registers the connection under test. */
  register(client: Client) {
    this.clients.push(client);
  }

  /** Changes what it says of somebody. */
  tell(name: string, person: Person) {
    this.people.set(name, person);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((ended) => this.server.close(ended));
  }
}

/** Keeps everything in memory, as the library's own does, and finds clients in `clients`. */
function adapterWith(clients: Client[]) {
  const rows = new Map<string, { payload: Record<string, unknown>; kind: string }>();
  return class {
    constructor(readonly kind: string) {}
    key(id: string) {
      return `${this.kind}:${id}`;
    }
    async upsert(id: string, payload: Record<string, unknown>) {
      rows.set(this.key(id), { payload, kind: this.kind });
    }
    async find(id: string) {
      if (this.kind === "Client") return clients.find((client) => client.client_id === id);
      return rows.get(this.key(id))?.payload;
    }
    async findByUid(uid: string) {
      return [...rows.values()].find(({ payload, kind }) => kind === this.kind && payload.uid === uid)?.payload;
    }
    async findByUserCode() {
      return undefined;
    }
    async consume(id: string) {
      const row = rows.get(this.key(id));
      if (row) row.payload.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string) {
      rows.delete(this.key(id));
    }
    async revokeByGrantId(grant: string) {
      for (const [key, { payload }] of rows) if (payload.grantId === grant) rows.delete(key);
    }
  };
}
