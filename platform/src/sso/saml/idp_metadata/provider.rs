//! One provider's part of metadata.

use openssl::x509::X509;
use roxmltree::Node;
use time::OffsetDateTime;

use super::{IdpMetadata, MetadataError, speaks_saml2};
use crate::sso::saml::{
    certificate::{self, CertificateError, CertificateInfo},
    markup::{METADATA, POST, REDIRECT},
    names::DSIG,
    node::{self, children},
    strict::cut,
};

/// The most signing certificates.
const MOST_CERTIFICATES: usize = 10;
/// The most certificates that are read for it, with authorities' and those that stand there twice.
const MOST_LOOKED_AT: usize = 100;
/// The longest entity ID (SAML 2.0 Metadata, section 2.2.1) and address.
const MOST_NAME: usize = 1024;
/// Names of kinds of names that are kept.
const MOST_FORMATS: usize = 20;

type CheckUrl<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// The role of an entity that speaks SAML 2.0, or else any of that name.
pub(super) fn role<'a, 'i>(entity: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    let roles = || children(entity, METADATA, name);
    roles().find(|role| speaks_saml2(*role)).or_else(|| roles().next())
}

/// Reads what an entity says.
pub(super) fn read(
    entity: Node<'_, '_>,
    now: OffsetDateTime,
    check_url: CheckUrl<'_>,
) -> Result<IdpMetadata, MetadataError> {
    let entity_id = entity.attribute("entityID").map(str::trim).unwrap_or_default();
    if entity_id.is_empty() || entity_id.chars().count() > MOST_NAME {
        return Err(MetadataError::NoEntityId);
    }
    let Some(idp) = role(entity, "IDPSSODescriptor") else {
        let is_application = role(entity, "SPSSODescriptor").is_some();
        return Err(if is_application {
            MetadataError::ServiceProvider(cut(entity_id))
        } else {
            MetadataError::NoProvider
        });
    };
    if !speaks_saml2(idp) {
        return Err(MetadataError::OldProtocol(cut(entity_id)));
    }
    let valid_until = [check_valid_until(entity, now)?, check_valid_until(idp, now)?].into_iter().flatten().min();
    let mut notes = Vec::new();
    let certificates = certificates(idp, entity_id, &mut notes)?;
    for certificate in certificates.iter().filter(|certificate| certificate.is_expired(now)) {
        notes.push(format!(
            "The certificate {} ended on {}. Its signatures are still taken, because its key is what counts; the provider \
             should replace it.",
            certificate.subject,
            certificate.not_after.date()
        ));
    }
    let location = |service, binding, attribute, what| address(idp, service, binding, attribute, what, check_url);
    let sign_on = |binding| location("SingleSignOnService", binding, "Location", "signing in");
    let logout = |binding, attribute| location("SingleLogoutService", binding, attribute, "signing out");
    let (sign_on_redirect, sign_on_post) = (sign_on(REDIRECT)?, sign_on(POST)?);
    if sign_on_redirect.is_none() && sign_on_post.is_none() {
        return Err(MetadataError::NoSignOn(cut(entity_id)));
    }
    let (logout_redirect, logout_post) = (logout(REDIRECT, "Location")?, logout(POST, "Location")?);
    if logout_redirect.is_none() && logout_post.is_none() {
        notes.push(
            "The provider has no address for signing out: people who sign out here stay signed in there.".to_owned(),
        );
    }
    let logout_response = logout(REDIRECT, "ResponseLocation")?.filter(|to| Some(to) != logout_redirect.as_ref());
    Ok(IdpMetadata {
        entity_id: entity_id.to_owned(),
        sign_on_redirect,
        sign_on_post,
        logout_redirect,
        logout_response,
        logout_post,
        name_id_formats: children(idp, METADATA, "NameIDFormat")
            .filter_map(|format| node::text(format).ok())
            .map(|format| cut(format.trim()))
            .take(MOST_FORMATS)
            .collect(),
        certificates,
        wants_signed_requests: matches!(idp.attribute("WantAuthnRequestsSigned").map(str::trim), Some("true" | "1")),
        valid_until,
        notes,
    })
}

/// Until when an element is good, if it says so and its time is not over.
pub(super) fn check_valid_until(
    element: Node<'_, '_>,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, MetadataError> {
    let Some(text) = element.attribute("validUntil") else { return Ok(None) };
    match node::instant(element, "validUntil") {
        Ok(Some(until)) if until <= now => Err(MetadataError::Expired(until)),
        Ok(until) => Ok(until),
        Err(_) => Err(MetadataError::BadDate(cut(text))),
    }
}

/// The address of a service. The first counts where there are several of a binding.
fn address(
    idp: Node<'_, '_>,
    service: &'static str,
    binding: &str,
    attribute: &str,
    what: &'static str,
    check_url: CheckUrl<'_>,
) -> Result<Option<String>, MetadataError> {
    let found = children(idp, METADATA, service).find(|service| service.attribute("Binding") == Some(binding));
    let Some(url) = found.and_then(|service| service.attribute(attribute)) else { return Ok(None) };
    let url = url.trim();
    let bad = |why: &str| MetadataError::BadAddress { what, address: cut(url), why: why.to_owned() };
    if url.len() > MOST_NAME {
        return Err(bad("It is longer than 1,024 characters."));
    }
    if url.contains('#') {
        return Err(bad("It has a part after “#”, which never reaches a server."));
    }
    check_url(url).map(Some).map_err(|why| bad(&why))
}

/// The certificates that the provider signs with.
fn certificates(
    idp: Node<'_, '_>,
    entity_id: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<CertificateInfo>, MetadataError> {
    let mut found: Vec<CertificateInfo> = Vec::new();
    let (mut encrypts, mut looked_at) = (false, 0);
    for key in children(idp, METADATA, "KeyDescriptor") {
        match key.attribute("use") {
            None | Some("signing") => {}
            Some("encryption") => {
                encrypts = true;
                continue;
            }
            Some(other) => return Err(MetadataError::UnknownUse(cut(other))),
        }
        for data in children(key, DSIG, "KeyInfo").flat_map(|info| children(info, DSIG, "X509Data")) {
            let chain = chain(data).map_err(MetadataError::BadCertificate)?;
            looked_at += chain.len();
            let leaves: Vec<_> =
                chain.iter().filter(|one| !chain.iter().any(|other| issued(one, other))).cloned().collect();
            if leaves.len() < chain.len() {
                notes.push(
                    "The metadata holds authorities’ certificates beside the provider’s; they are not used.".to_owned(),
                );
            }
            for leaf in leaves {
                if !found.iter().any(|known| known.der == leaf.der) {
                    found.push(leaf);
                }
            }
            // Each is read, and held against each of its chain: what is too much is not read to its end.
            if found.len() > MOST_CERTIFICATES || looked_at > MOST_LOOKED_AT {
                return Err(MetadataError::ManyCertificates(found.len()));
            }
        }
    }
    match found.len() {
        0 if encrypts => Err(MetadataError::OnlyEncryption(cut(entity_id))),
        0 => Err(MetadataError::NoCertificate(cut(entity_id))),
        _ => Ok(found),
    }
}

fn chain(data: Node<'_, '_>) -> Result<Vec<CertificateInfo>, CertificateError> {
    children(data, DSIG, "X509Certificate")
        .take(MOST_CERTIFICATES + 1)
        .map(|certificate| certificate::parse(&node::text(certificate).map_err(|_| CertificateError::NotBase64)?))
        .collect()
}

/// Whether `authority` signed `other`: whoever holds an authority's key must not sign people in. A provider that renewed
/// its certificate and kept its key signed both with that.
fn issued(authority: &CertificateInfo, other: &CertificateInfo) -> bool {
    let (Ok(key), Ok(certificate)) = (authority.public_key(), X509::from_der(&other.der)) else { return false };
    let is_same_key = certificate.public_key().is_ok_and(|own| own.public_eq(&key));
    !is_same_key && certificate.verify(&key).unwrap_or(false)
}
