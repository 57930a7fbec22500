import { type Locator, type Page, expect } from "@playwright/test";

/** `/admin/sso`, and the set-up of a connection. */
export class SsoPage {
  readonly issuer;
  readonly save;
  readonly readMetadata;
  readonly test;
  readonly people;
  readonly traces;
  readonly group;
  readonly addRule;

  constructor(readonly page: Page) {
    this.issuer = page.getByLabel("Issuer", { exact: true });
    this.save = page.getByRole("button", { name: "Check and save" });
    this.readMetadata = page.getByRole("button", { name: "Read metadata" });
    this.test = page.getByRole("link", { name: "Test sign-in" });
    const tabs = page.getByRole("navigation", { name: "This connection" });
    this.people = tabs.getByRole("link", { name: "People" });
    this.traces = tabs.getByRole("link", { name: "Traces" });
    this.group = page.getByRole("textbox", { name: "Group" });
    this.addRule = page.getByRole("button", { name: "Add rule" });
  }

  open() {
    return this.page.goto("/admin/sso");
  }

  /** Adds a connection, and stays on its set-up. */
  async add(provider: string, protocol: string, name: string) {
    await this.page.goto("/admin/sso/new");
    await this.page.getByLabel("Identity provider").selectOption(provider);
    await this.page.getByLabel("Protocol").selectOption(protocol);
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByRole("button", { name: "Add connection" }).click();
    await expect(this.page.getByRole("heading", { name: /^1\. At / })).toBeVisible();
  }

  /** The whole set-up of the connection of this name, which is added where there is none: a workspace has few. */
  async setUp(provider: string, protocol: string, name: string) {
    await this.open();
    const known = this.page.getByRole("link", { name, exact: true });
    if (await known.isVisible()) await known.click();
    else await this.add(provider, protocol, name);
    await expect(this.page.getByRole("heading", { name: /^1\. At / })).toBeVisible();
    await this.page.waitForLoadState();
  }

  /** A field with something to copy. */
  told(label: string): Locator {
    return this.page.locator("#provider").getByLabel(label, { exact: true }).first();
  }

  /** Metadata of a provider whose certificate is the connection's own: any will do. */
  async metadata(entity: string): Promise<string> {
    const pem = (await this.page.locator("#all-certificate").inputValue()).replace(/-----[A-Z ]+-----|\s/g, "");
    return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entity}">
      <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <md:KeyDescriptor use="signing">
          <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
            <ds:X509Data><ds:X509Certificate>${pem}</ds:X509Certificate></ds:X509Data>
          </ds:KeyInfo>
        </md:KeyDescriptor>
        <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
          Location="https://idp.example/${"sso/".repeat(30)}" />
      </md:IDPSSODescriptor>
    </md:EntityDescriptor>`;
  }

  /** Hands metadata over as a file. */
  async hand(xml: string) {
    const file = { name: "metadata.xml", mimeType: "text/xml", buffer: Buffer.from(xml) };
    await this.page.getByLabel(/^Or a file/).setInputFiles(file);
    await this.readMetadata.click();
  }

  /** Makes a set-up link for the connection that is open, and answers it. */
  async link(recipient: string): Promise<string> {
    await this.page.getByRole("link", { name: "Create a set-up link…" }).click();
    await this.page.getByLabel("For whom").fill(recipient);
    await this.page.getByRole("button", { name: "Create link" }).click();
    return this.page.getByLabel("Link", { exact: true }).inputValue();
  }
}
