//! Step 2 for SAML: the provider's metadata, from its address, a file, or pasted.

use axum::{
    extract::{FromRequest, Request},
    response::Response,
};
use rowhouse_platform::sso::{
    Connection, Protocol, RequestBinding, SamlSettings,
    connection::{self, SecretChange},
    saml::{
        certificate::CertificateInfo,
        idp_metadata::{self, IdpMetadata, MetadataError},
    },
};

use super::{
    door::{Door, Stop},
    page::{self, Typed},
    slowly,
};
use crate::{
    context::RequestContext,
    error::PageError,
    ui::{FieldErrors, FormParts},
};

/// The most characters of an address or an entity ID.
pub(super) const ADDRESS_LENGTH: usize = 1024;

/// What was typed and chosen.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) url: String,
    pub(super) xml: String,
    /// Which provider, where there are several in it.
    pub(super) entity: String,
    file: Option<Vec<u8>>,
    /// Whether it may be of another provider than before.
    may_replace: bool,
}

/// Metadata of another provider than the one that the connection belongs to.
#[derive(Debug)]
pub(super) struct OtherProvider {
    pub(super) before: String,
    pub(super) now: String,
}

/// Where metadata came from, and its text.
struct Source {
    field: &'static str,
    url: Option<String>,
    text: String,
}

impl Metadata {
    /// The fields as they are saved.
    pub(super) fn of(settings: &SamlSettings) -> Self {
        Self { url: settings.metadata_url.clone().unwrap_or_default(), ..Self::default() }
    }

    /// The field that is filled in; none where it is unclear which one is meant.
    fn field(&self, errors: &mut FieldErrors) -> Option<&'static str> {
        let url = !self.url.trim().is_empty();
        let (file, xml) = (self.file.is_some(), !self.xml.trim().is_empty());
        match (url, file, xml) {
            // The address of last time stands in its field while somebody chooses a file.
            (_, true, false) => Some("metadata_file"),
            (_, false, true) => Some("metadata_xml"),
            (true, false, false) => Some("metadata_url"),
            (_, true, true) => {
                errors.add("metadata_xml", "Choose a file or paste the metadata, not both.");
                None
            }
            (false, false, false) => {
                errors.add("metadata_url", "Give the metadata: by its address, as a file, or pasted.");
                None
            }
        }
    }
}

/// Reads the metadata, with an answer for each way in which it can be wrong.
async fn read(
    context: &RequestContext,
    text: &str,
    entity: &str,
    before: &SamlSettings,
) -> Result<IdpMetadata, MetadataError> {
    let now = context.services.ambient.now();
    let fetcher = &context.services.fetcher;
    let tenant = context.tenant().map_or(uuid::Uuid::nil(), |tenant| tenant.home.id().0);
    let entity = entity.trim();
    let expected = (!entity.is_empty()).then(|| entity.to_owned());
    match idp_metadata::read_on_worker(tenant, text.to_owned(), expected, now, fetcher).await {
        Err(MetadataError::Several { .. }) if !before.entity_id.is_empty() => {
            idp_metadata::read_on_worker(tenant, text.to_owned(), Some(before.entity_id.clone()), now, fetcher).await
        }
        read => read,
    }
}

/// The settings with what was read in the place of what was known of the provider.
fn apply(before: &SamlSettings, read: IdpMetadata, url: Option<String>) -> SamlSettings {
    let request_binding = match (&read.sign_on_redirect, &read.sign_on_post) {
        (None, Some(_)) => RequestBinding::Post,
        (Some(_), None) => RequestBinding::Redirect,
        _ => before.request_binding,
    };
    SamlSettings {
        entity_id: read.entity_id,
        metadata_url: url,
        sign_on_redirect: read.sign_on_redirect,
        sign_on_post: read.sign_on_post,
        logout_redirect: read.logout_redirect,
        logout_response: read.logout_response,
        logout_post: read.logout_post,
        certificates: read.certificates.iter().map(CertificateInfo::base64).collect(),
        request_binding,
        signs_requests: before.signs_requests || read.wants_signed_requests,
        ..before.clone()
    }
}

/// Takes metadata over. Metadata of another provider is a question first: whoever answers signatures by it lets anybody
/// in.
pub(super) async fn save(
    context: &RequestContext,
    door: Door,
    connection: Connection,
    mut given: Metadata,
) -> Result<Response, Stop> {
    if !matches!(connection.protocol, Protocol::Saml(_)) {
        return Err(PageError::NotFound.into());
    }
    let mut typed = Typed::default();
    let field = given.field(&mut typed.errors);
    let url = given.url.trim().to_owned();
    if field == Some("metadata_url")
        && typed.errors.take("metadata_url", context.services.fetcher.check_url(&url)).is_none()
    {
        typed.metadata = Some(given);
        return page::render(context, door, &connection, typed).await;
    }
    let Some(field) = field.filter(|_| !typed.refuse_unconfirmed(context, &door, &connection)) else {
        typed.metadata = Some(given);
        return page::render(context, door, &connection, typed).await;
    };

    let (mut door, source) = match field {
        "metadata_url" => {
            let seat = slowly::leave(context, door, &connection).await?;
            let fetched = context.services.fetcher.get(&url).await;
            let door = seat.again(context).await?;
            let text = typed
                .errors
                .take(field, fetched)
                .and_then(|fetched| typed.errors.take(field, idp_metadata::text(&fetched.body)));
            (door, text.map(|text| Source { field, url: Some(url), text }))
        }
        "metadata_file" => {
            let text = typed.errors.take(field, idp_metadata::text(given.file.as_deref().unwrap_or_default()));
            (door, text.map(|text| Source { field, url: None, text }))
        }
        _ => (door, Some(Source { field, url: None, text: given.xml.clone() })),
    };
    let connection = door.connection(&connection).await?;
    let Protocol::Saml(before) = &connection.protocol else { return Err(PageError::NotFound.into()) };
    let read = match source {
        Some(source) => {
            let read = read(context, &source.text, &given.entity, before).await;
            typed.errors.take(source.field, read).map(|read| (source, read))
        }
        None => None,
    };
    let Some((source, read)) = read else {
        typed.metadata = Some(given);
        return page::render(context, door, &connection, typed).await;
    };
    if !before.entity_id.is_empty() && before.entity_id != read.entity_id && !given.may_replace {
        typed.errors.add(
            "other_provider",
            "This metadata is of another provider than before. Say whether the connection belongs to that one now.",
        );
        typed.other_provider = Some(OtherProvider { before: before.entity_id.clone(), now: read.entity_id });
        // A file is sent once: its text stays in the form for the answer.
        if source.url.is_none() {
            given.xml = source.text;
        }
        typed.metadata = Some(given);
        return page::render(context, door, &connection, typed).await;
    }
    let protocol = Protocol::Saml(apply(before, read, source.url));
    let (scribe, secrets) = (context.scribe(), &context.services.secrets);
    let (id, keep) = (connection.id, SecretChange::Keep);
    connection::save_protocol(&mut door.editor(), &scribe, secrets, id, &protocol, keep).await?;
    page::saved(context, door, &connection).await
}

impl<S: Send + Sync> FromRequest<S> for Metadata {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut form = FormParts::from_request(request, state).await?;
        let mut metadata = Self::default();
        while let Some(part) = form.next().await? {
            match part.name() {
                "metadata_file" => metadata.file = part.upload().await?,
                "metadata_url" => metadata.url = part.text().await?,
                "metadata_xml" => metadata.xml = part.text().await?,
                "metadata_entity" => metadata.entity = part.text().await?,
                "other_provider" => metadata.may_replace = !part.text().await?.is_empty(),
                _ => {}
            }
        }
        Ok(metadata)
    }
}
