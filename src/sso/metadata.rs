//! `GET /sso/{connection}/metadata`: what a SAML provider has to know of us. Its address is our entity ID.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rowhouse_app::{context::Context, error::PageError};
use rowhouse_platform::sso::{
    Protocol, Report,
    saml::{self, sp_metadata},
};

use super::{Named, arrival};

pub(super) async fn show(context: Context, Named(id): Named) -> Result<Response, PageError> {
    let mut tx = context.services.database.begin(&context.tenant()?.home).await?;
    let (connection, secrets) = arrival::connection(&context, &mut tx, id).await?;
    tx.commit().await?;
    let Protocol::Saml(settings) = connection.protocol.clone() else { return Err(PageError::NotFound) };
    let write = move || {
        let secrets = settings.signs_metadata.then_some(&secrets);
        sp_metadata::write(&connection, &settings, secrets)
    };
    // Signing is computing, and anybody may ask.
    let xml = saml::on_worker(context.tenant()?.home.id().0, &mut Report::default(), move |_| Ok(write())).await;
    let xml = xml.map_err(PageError::internal)?.map_err(PageError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, "application/samlmetadata+xml"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"metadata.xml\""),
    ];
    Ok((headers, xml).into_response())
}
