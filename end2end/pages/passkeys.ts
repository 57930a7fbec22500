import { type CDPSession, type Page, expect } from "@playwright/test";

/** The authenticator of a virtual device, which says yes to everything until it is told otherwise. */
export class Authenticator {
  private constructor(
    private readonly cdp: CDPSession,
    private readonly id: string,
  ) {}

  static async of(page: Page): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("WebAuthn.enable", { enableUI: false });
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(cdp, authenticatorId);
  }

  async keys() {
    const { credentials } = await this.cdp.send("WebAuthn.getCredentials", { authenticatorId: this.id });
    return credentials;
  }

  /** Puts a key of another device into this one. */
  async receive(credential: Awaited<ReturnType<Authenticator["keys"]>>[number]) {
    await this.cdp.send("WebAuthn.addCredential", { authenticatorId: this.id, credential });
  }

  /** Whether it finds that it is the person. */
  async recognise(isUserVerified: boolean) {
    await this.cdp.send("WebAuthn.setUserVerified", { authenticatorId: this.id, isUserVerified });
  }

  /** Sets a key's counter back to what a copy of it made at the start would say. */
  async rewind() {
    const [credential] = await this.keys();
    const { credentialId } = credential!;
    await this.cdp.send("WebAuthn.removeCredential", { authenticatorId: this.id, credentialId });
    await this.cdp.send("WebAuthn.addCredential", {
      authenticatorId: this.id,
      credential: { ...credential!, signCount: 0 },
    });
  }
}

/** Takes the offer in the address field away, so that a key is used when its button is pressed. */
export async function withoutAutofill(page: Page) {
  await page.addInitScript(() => {
    if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}

/** What the script says in words. */
export function said(page: Page) {
  return page.locator(".passkey__message");
}

/** `/account/security`, as far as passkeys go, and the page where one is added. */
export class Passkeys {
  readonly rows;
  readonly name;
  readonly create;

  constructor(readonly page: Page) {
    this.rows = page.getByRole("list", { name: "Passkeys" }).getByRole("listitem");
    this.name = page.getByLabel("Name");
    this.create = page.getByRole("button", { name: "Create passkey" });
  }

  open() {
    return this.page.goto("/account/security");
  }

  async add(name: string) {
    await this.page.goto("/account/passkeys/new");
    await this.name.fill(name);
    await this.create.click();
    await expect(this.page.getByRole("status").getByText("Passkey added", { exact: true })).toBeVisible();
  }

  async manage(name: string) {
    await this.page.getByRole("link", { name: `Manage “${name}”` }).click();
  }
}
