// SimpleSAMLphp, as Debian packages it, with an identity provider of its own for each worker.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = "/usr/share/simplesamlphp/www";
const configuration = join(import.meta.dirname, "simplesamlphp");

/** Whether this machine has it. `cargo xtask test` installs it where the system offers it. */
export const hasSamlProvider = existsSync(program);

/** A connection as SimpleSAMLphp's metadata/saml20-sp-remote.php describes it. */
export type ServiceProvider = {
  entityid: string;
  AssertionConsumerService: string;
  SingleLogoutService?: string;
  certData?: string;
  "saml20.sign.response"?: boolean;
  "saml20.sign.assertion"?: boolean;
  "assertion.encryption"?: boolean;
  "validate.authnrequest"?: boolean;
  "validate.logout"?: boolean;
  "sign.logout"?: boolean;
  NameIDFormat?: string;
};

export class SamlProvider {
  private constructor(
    readonly url: string,
    private readonly state: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<SamlProvider> {
    const state = mkdtempSync(join(tmpdir(), "rowhouse-saml-provider-"));
    mkdirSync(join(state, "tmp"));
    const [key, certificate] = [join(state, "idp.key"), join(state, "idp.crt")];
    const names = ["-subj", "/CN=idp.test", "-days", "90", "-keyout", key, "-out", certificate];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...names], { stdio: "ignore" });
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const environment = {
      ...process.env,
      SIMPLESAMLPHP_CONFIG_DIR: configuration,
      IDP_STATE: state,
      IDP_URL: url,
      PHP_CLI_SERVER_WORKERS: "2",
    };
    const php = spawn("php", ["-S", `127.0.0.1:${port}`, "-t", program, join(configuration, "router.php")], {
      env: environment,
      stdio: "ignore",
      // A process group of its own: PHP's workers outlive the process that started them.
      detached: true,
    });
    const provider = new SamlProvider(url, state, php);
    // Nobody else ends the group where the tests are broken off.
    process.once("exit", provider.stop);
    for (let attempt = 0; ; attempt += 1) {
      const answer = await fetch(provider.metadata).catch(() => undefined);
      if (answer?.ok) return provider;
      if (attempt === 50) {
        provider.stop();
        throw new Error("SimpleSAMLphp does not answer");
      }
      await new Promise((later) => setTimeout(later, 200));
    }
  }

  /** Where its metadata is. */
  get metadata() {
    return `${this.url}/saml2/idp/metadata.php`;
  }

  /** Where a sign-in begins that the provider begins by itself. */
  idpInitiated(entity: string) {
    return `${this.url}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(entity)}`;
  }

  /** Tells it of the connection under test. */
  register(sp: ServiceProvider) {
    const name = sp.entityid.replace(/\W+/g, "-");
    writeFileSync(join(this.state, `sp-${name}.json`), JSON.stringify({ metadata_set: "saml20-sp-remote", ...sp }));
  }

  stop = () => {
    process.off("exit", this.stop);
    if (this.process.pid !== undefined) endGroup(this.process.pid);
    rmSync(this.state, { recursive: true, force: true });
  };
}

/** Ends a process and all that it started, where they have not ended by themselves. */
function endGroup(leader: number) {
  try {
    // There is nothing that it would have to finish.
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}
