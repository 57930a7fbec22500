//! Warning of certificates that end soon: each thrice, to those who can mend it.

use time::Duration;

use crate::{
    access::{ManageSso, addresses_of_holders},
    ambient::Ambient,
    db::{DbError, TenantTx},
    mail::{Letter, Letterhead, queue},
    sso::{
        ConnectionId, Protocol, connection,
        saml::certificate::{self, CertificateInfo},
    },
};

/// How many days before its end a certificate is warned of, the last first.
const DAYS: [i32; 3] = [1, 7, 30];

/// Warns of the certificates of the tenant's connections that are on.
pub(super) async fn warn(tx: &mut TenantTx, ambient: &Ambient, letterhead: &Letterhead) -> Result<(), DbError> {
    let mut letters = Vec::new();
    for connection in connection::list(tx).await? {
        let Protocol::Saml(settings) = &connection.protocol else { continue };
        if !connection.is_on() {
            continue;
        }
        for read in settings.certificates.iter().filter_map(|text| certificate::parse(text).ok()) {
            let Some(days) = due(read.not_after - ambient.now()) else { continue };
            if note(tx, ambient, connection.id, &read, days).await? {
                letters.push(Letter::CertificateExpiring {
                    connection: connection.name.clone(),
                    provider: connection.provider.label().to_owned(),
                    subject: read.subject,
                    ends: read.not_after,
                    days,
                    link: letterhead.link(&format!("/admin/sso/{}", connection.id)),
                });
            }
        }
    }
    if letters.is_empty() {
        return Ok(());
    }
    for address in addresses_of_holders::<ManageSso>(tx).await? {
        for letter in &letters {
            queue(tx, ambient, letterhead, &address, letter).await?;
        }
    }
    Ok(())
}

/// Which warning is due for a certificate that is good for so long. One that ended is shown, and not warned of any more.
fn due(left: Duration) -> Option<i32> {
    DAYS.into_iter().find(|days| left.is_positive() && left <= Duration::days((*days).into()))
}

/// Notes a warning. `false`: it was given before.
async fn note(
    tx: &mut TenantTx,
    ambient: &Ambient,
    connection: ConnectionId,
    certificate: &CertificateInfo,
    days: i32,
) -> Result<bool, DbError> {
    let noted = sqlx::query!(
        "INSERT INTO sso_expiry_warning (tenant_id, connection_id, fingerprint, days, warned_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        tx.tenant_id(),
        connection.0,
        certificate.fingerprint.as_slice(),
        days,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_warning_that_fits_is_due() {
        let hours = |hours| due(Duration::hours(hours));
        assert_eq!(hours(30 * 24 + 1), None);
        assert_eq!(hours(30 * 24), Some(30));
        assert_eq!(hours(7 * 24 + 1), Some(30));
        assert_eq!(hours(7 * 24), Some(7));
        assert_eq!(hours(25), Some(7));
        assert_eq!(hours(24), Some(1));
        assert_eq!(hours(1), Some(1));
        assert_eq!(hours(0), None);
        assert_eq!(hours(-1), None);
    }
}
