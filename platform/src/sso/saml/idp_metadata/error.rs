//! What can be wrong with metadata, each in words of its own for the admin.

use time::OffsetDateTime;

use crate::sso::saml::certificate::CertificateError;

/// Why metadata cannot be used: what was found, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// There is nothing.
    #[error("The metadata is empty.")]
    Empty,
    /// There is too much.
    #[error(
        "The metadata is larger than 1 MB, or has more than 100,000 elements. Metadata of one provider is much smaller; if \
         this is a federation’s, ask for the provider’s own."
    )]
    TooLarge,
    /// It took too long.
    #[error(
        "The metadata could not be read in time. Try again; if this is a federation’s, ask for the provider’s own."
    )]
    TooSlow,
    /// Not characters.
    #[error("The metadata is not text in UTF-8 or UTF-16. It may be compressed, or another file.")]
    NotText,
    /// A web page.
    #[error(
        "This is a web page, not metadata. The address may lead to a sign-in page, or to a page that only describes the \
         metadata: use the address of the XML document itself, or download it."
    )]
    Html,
    /// JSON.
    #[error(
        "This is JSON, not SAML metadata. If it is the discovery document of OpenID Connect, choose OpenID Connect as the \
         protocol; SAML metadata is an XML document."
    )]
    Json,
    /// A certificate in its place.
    #[error(
        "This is a certificate, not metadata. Enter the settings by hand and paste it there, or look for the XML document."
    )]
    Certificate,
    /// An address in its place.
    #[error(
        "This is an address, not metadata. Enter it as the metadata’s address, or paste the document that it leads to."
    )]
    Address,
    /// Not XML.
    #[error("The metadata is not well-formed XML: {0}. It may have been cut off or changed while it was copied.")]
    NotXml(String),
    /// A document type.
    #[error(
        "The metadata has a document type declaration (DOCTYPE), which metadata never needs and which is not read."
    )]
    Dtd,
    /// Some other XML.
    #[error(
        "This XML document is “{name}” (namespace “{namespace}”), not SAML 2.0 metadata, whose root is EntityDescriptor."
    )]
    OtherDocument {
        /// What its root is called.
        name: String,
        /// In which namespace.
        namespace: String,
    },
    /// Ours or another application's.
    #[error(
        "This is the metadata of a service provider, an application such as this one: {0}. What belongs here is the \
         identity provider’s, which holds an IDPSSODescriptor."
    )]
    ServiceProvider(String),
    /// No role of an identity provider.
    #[error("The metadata describes no identity provider: there is no IDPSSODescriptor in it.")]
    NoProvider,
    /// Another version.
    #[error("The identity provider {0} does not speak SAML 2.0, only older protocols.")]
    OldProtocol(String),
    /// Several.
    #[error("The metadata describes {count} identity providers: {found}. Say which one, by its entity ID.")]
    Several {
        /// How many.
        count: usize,
        /// The first of them.
        found: String,
    },
    /// The expected one stands in it twice.
    #[error("The metadata describes {0} twice: it is unclear which description counts.")]
    Twice(String),
    /// Not the expected one.
    #[error("The metadata is of {found}, and {expected} was expected. The entity ID has to be exactly the same.")]
    OtherEntity {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The expected one is not among several.
    #[error("{expected} is not described in the metadata. It describes: {found}.")]
    NotAmong {
        /// Who was looked for.
        expected: String,
        /// The first of those that are.
        found: String,
    },
    /// No name.
    #[error(
        "The metadata does not say whose it is: EntityDescriptor has no entityID, or one of more than 1,024 characters."
    )]
    NoEntityId,
    /// Nothing to check signatures with.
    #[error(
        "The metadata of {0} lacks a signing certificate. Without one nothing that the provider says can be believed."
    )]
    NoCertificate(String),
    /// Only one for the other direction.
    #[error(
        "The metadata of {0} lacks a signing certificate: it only has one for encryption. Without one nothing that the \
         provider says can be believed."
    )]
    OnlyEncryption(String),
    /// A certificate that cannot be used.
    #[error("A signing certificate in the metadata cannot be used. {0}")]
    BadCertificate(CertificateError),
    /// Too many of them.
    #[error("The metadata holds {0} signing certificates or more. At most 10 are taken.")]
    ManyCertificates(usize),
    /// An unknown use of a key.
    #[error("A key in the metadata is for “{0}”. A key is for signing or for encryption.")]
    UnknownUse(String),
    /// No address for requests.
    #[error("The metadata of {0} has no address for signing in (SingleSignOnService) by HTTP Redirect or HTTP POST.")]
    NoSignOn(String),
    /// An address that cannot be used.
    #[error("The address for {what} in the metadata, “{address}”, cannot be used. {why}")]
    BadAddress {
        /// What it is for.
        what: &'static str,
        /// The address.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its time is over.
    #[error("The metadata was good until {0} and is out of date. Ask the provider for the present one.")]
    Expired(OffsetDateTime),
    /// A date that is none.
    #[error("The metadata says that it is good until “{0}”, which is not a time.")]
    BadDate(String),
}
