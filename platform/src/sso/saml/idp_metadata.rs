//! A provider's metadata: from a file, from its address, or pasted (SAML 2.0 Metadata).
//!
//! Either everything that a connection needs is read, or nothing: metadata without a signing certificate would be a
//! connection whose signatures nobody can check.
//!
//! A signature of the metadata is not asked for, and where there is one it is not checked: whose would it be? What counts
//! is where the metadata comes from, the hands of an admin or the provider's own address by HTTPS, and from then on the
//! certificates in it are pinned.

mod error;
mod provider;

use std::fmt::Display;

use roxmltree::{Document, Error as XmlError, Node, ParsingOptions};
use time::OffsetDateTime;
use uuid::Uuid;

pub use error::MetadataError;

use super::{
    certificate::CertificateInfo,
    markup::METADATA,
    names::PROTOCOL,
    node::is,
    on_worker,
    strict::{self, cut},
};
use crate::{fetch::Fetcher, sso::Report};

/// The most bytes of metadata. One provider's have some thousands; those of a federation are split by it.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most elements, texts and comments in it.
const MOST_NODES: u32 = 100_000;
/// Most elements: a federation of some hundred entities.
const MOST_ELEMENTS: usize = 50_000;

/// What a provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpMetadata {
    /// Its entity ID.
    pub entity_id: String,
    /// Where requests go by HTTP Redirect. This or the next is there.
    pub sign_on_redirect: Option<String>,
    /// Where requests go by HTTP POST.
    pub sign_on_post: Option<String>,
    /// Where logout requests and responses go by HTTP Redirect.
    pub logout_redirect: Option<String>,
    /// Where logout responses go by HTTP Redirect, if that is another address.
    pub logout_response: Option<String>,
    /// Where logout requests and responses go by HTTP POST.
    pub logout_post: Option<String>,
    /// Which kinds of names it knows.
    pub name_id_formats: Vec<String>,
    /// Its signing certificates, at least one.
    pub certificates: Vec<CertificateInfo>,
    /// Whether it wants requests signed.
    pub wants_signed_requests: bool,
    /// Until when the metadata is good.
    pub valid_until: Option<OffsetDateTime>,
    /// What an admin should know of it, each a sentence.
    pub notes: Vec<String>,
}

/// Text from the bytes of a file or an answer: UTF-8, or UTF-16 with a byte order mark.
///
/// # Errors
/// [`MetadataError::NotText`], or [`MetadataError::TooLarge`].
pub fn text(bytes: &[u8]) -> Result<String, MetadataError> {
    if bytes.len() > MOST_BYTES {
        return Err(MetadataError::TooLarge);
    }
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        String::from_utf16(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>()).ok()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    text.ok_or(MetadataError::NotText)
}

/// Reads metadata. `expected` is the entity that has to be described; without it, it has to be the only provider in it.
/// `check_url` says what is wrong with an address, or how it may stand in a header:
/// [`Fetcher::check_browser_url`]. Computes for up to some seconds: [`read_on_worker`] is for what serves requests.
///
/// # Errors
/// [`MetadataError`]: what was found instead, and what would be right.
pub fn read<E: Display>(
    xml: &str,
    expected: Option<&str>,
    now: OffsetDateTime,
    check_url: impl Fn(&str) -> Result<String, E>,
) -> Result<IdpMetadata, MetadataError> {
    if xml.len() > MOST_BYTES {
        return Err(MetadataError::TooLarge);
    }
    let xml = xml.trim_start_matches('\u{feff}').trim();
    recognise(xml)?;
    // The parser takes long over many attributes or namespaces of one element.
    strict::bounded(xml, MOST_ELEMENTS).map_err(|_| MetadataError::TooLarge)?;
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|error| match error {
        XmlError::DtdDetected => MetadataError::Dtd,
        XmlError::NodesLimitReached => MetadataError::TooLarge,
        other => MetadataError::NotXml(other.to_string()),
    })?;
    let entity = choose(document.root_element(), expected, now)?;
    provider::read(entity, now, &|url| check_url(url).map_err(|error| error.to_string()))
}

/// [`read`] for a tenant, on a thread for computing. Browsers go to the addresses in it, and may be where we are not.
///
/// # Errors
/// [`MetadataError`]; also that reading it took too long.
pub async fn read_on_worker(
    tenant: Uuid,
    xml: String,
    expected: Option<String>,
    now: OffsetDateTime,
    fetcher: &Fetcher,
) -> Result<IdpMetadata, MetadataError> {
    let fetcher = fetcher.clone();
    let read = move |_: &mut Report| Ok(read(&xml, expected.as_deref(), now, |url| fetcher.check_browser_url(url)));
    on_worker(tenant, &mut Report::default(), read).await.unwrap_or(Err(MetadataError::TooSlow))
}

/// Tells what else people take for metadata.
fn recognise(text: &str) -> Result<(), MetadataError> {
    let start: String = text.chars().take(400).collect::<String>().to_ascii_lowercase();
    if text.is_empty() {
        return Err(MetadataError::Empty);
    }
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Err(MetadataError::Html);
    }
    if text.starts_with(['{', '[']) {
        return Err(MetadataError::Json);
    }
    if start.starts_with("-----begin") {
        return Err(MetadataError::Certificate);
    }
    if start.starts_with("http://") || start.starts_with("https://") {
        return Err(MetadataError::Address);
    }
    if !text.starts_with('<') {
        return Err(MetadataError::NotXml("it does not begin with “<”".to_owned()));
    }
    Ok(())
}

/// The one entity that is meant.
fn choose<'a, 'i>(
    root: Node<'a, 'i>,
    expected: Option<&str>,
    now: OffsetDateTime,
) -> Result<Node<'a, 'i>, MetadataError> {
    if is(root, METADATA, "EntityDescriptor") {
        return match (root.attribute("entityID"), expected) {
            (Some(found), Some(expected)) if found != expected => {
                Err(MetadataError::OtherEntity { found: cut(found), expected: expected.to_owned() })
            }
            _ => Ok(root),
        };
    }
    if !is(root, METADATA, "EntitiesDescriptor") {
        let name = root.tag_name();
        return Err(if name.name().eq_ignore_ascii_case("html") {
            MetadataError::Html
        } else {
            MetadataError::OtherDocument {
                name: cut(name.name()),
                namespace: cut(name.namespace().unwrap_or_default()),
            }
        });
    }
    provider::check_valid_until(root, now)?;
    // Groups may hold groups.
    let entities = || root.descendants().filter(|node| is(*node, METADATA, "EntityDescriptor"));
    let providers: Vec<_> = entities().filter(|entity| provider::role(*entity, "IDPSSODescriptor").is_some()).collect();
    let found = || {
        let names = providers.iter().filter_map(|entity| entity.attribute("entityID"));
        names.take(5).map(cut).collect::<Vec<_>>().join(", ")
    };
    match (expected, providers.as_slice()) {
        (Some(expected), _) => {
            let mut fitting = entities().filter(|entity| entity.attribute("entityID") == Some(expected));
            match (fitting.next(), fitting.next()) {
                (Some(entity), None) => within_time(entity, root, now),
                (Some(_), Some(_)) => Err(MetadataError::Twice(expected.to_owned())),
                (None, _) => Err(MetadataError::NotAmong { expected: expected.to_owned(), found: found() }),
            }
        }
        (None, [one]) => within_time(*one, root, now),
        (None, []) => Err(MetadataError::NoProvider),
        (None, several) => Err(MetadataError::Several { count: several.len(), found: found() }),
    }
}

/// The groups around an entity have times of their own.
fn within_time<'a, 'i>(
    entity: Node<'a, 'i>,
    root: Node<'a, 'i>,
    now: OffsetDateTime,
) -> Result<Node<'a, 'i>, MetadataError> {
    for group in entity.ancestors().skip(1).take_while(|group| *group != root) {
        provider::check_valid_until(group, now)?;
    }
    Ok(entity)
}

/// Whether a role speaks SAML 2.0.
fn speaks_saml2(role: Node<'_, '_>) -> bool {
    role.attribute("protocolSupportEnumeration").unwrap_or_default().split_whitespace().any(|word| word == PROTOCOL)
}

#[cfg(test)]
mod tests;
