//! `[billing]`

use rowhouse_platform::{
    billing::{self, BilledMeter, BillingSettings},
    metering::Meter,
};

use super::{
    super::{Billing, layers::Raw},
    Reader, as_text,
};

pub(in crate::config) fn billing(reader: &mut Reader<'_>) -> Option<Billing> {
    let secret_key = secret(reader, "billing.stripe_secret_key", |text| {
        let is_key = text.starts_with("sk_") || text.starts_with("rk_");
        if text.is_empty() || is_key { Ok(text.to_owned()) } else { Err("begins with sk_ or rk_".to_owned()) }
    });
    let webhook_key = "billing.stripe_webhook_secret";
    let webhook_secrets = secret(reader, webhook_key, |text| {
        let secrets = text.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        Ok(secrets.map(ToOwned::to_owned).collect::<Vec<_>>())
    });
    let api = reader.text("billing.stripe_api", |text| match text.trim().trim_end_matches('/') {
        "" => Ok(billing::API.to_owned()),
        url if url.starts_with("https://") || url.starts_with("http://") => Ok(url.to_owned()),
        _ => Err("must be an address, such as \"http://127.0.0.1:8420\"; empty means Stripe's own".to_owned()),
    });
    let account = reader.text("billing.stripe_account", |text| match text.trim() {
        "" => Ok(None),
        account if account.starts_with("acct_") => Ok(Some(account.to_owned())),
        _ => Err("must begin with acct_, or be empty".to_owned()),
    });
    let automatic_tax = reader.flag("billing.stripe_tax");
    let meters = reader.get("billing.stripe_meters", meters);
    let (secret_key, webhook_secrets) = (secret_key?, webhook_secrets?);
    if webhook_secrets.is_empty() && !secret_key.is_empty() {
        // Without it nothing that Stripe says could be believed.
        reader.refuse(webhook_key, "is required where billing.stripe_secret_key is set");
        return None;
    }
    let settings = BillingSettings {
        secret_key,
        webhook_secrets,
        api: api?,
        account: account?,
        automatic_tax: automatic_tax?,
        meters: meters?,
    };
    Some(Billing { stripe: Some(settings).filter(|settings| !settings.secret_key.is_empty()) })
}

fn secret<T>(reader: &mut Reader<'_>, key: &str, parse: fn(&str) -> Result<T, String>) -> Option<T> {
    if reader.layers.entries.get(key)?.is_path {
        reader.read_secret(key)?;
    }
    reader.text(key, |text| parse(text.trim()).map_err(|message| format!("{message} (not shown: secret)")))
}

/// `meter=event name`, each of them; after that, each with another `=`, the prices that bill it.
fn meters(raw: &Raw) -> Result<Vec<BilledMeter>, String> {
    let items: Vec<&str> = match raw {
        Raw::List(items) => items.iter().map(as_text).collect::<Result<_, _>>()?,
        Raw::Loose(text) | Raw::Text(text) => text.split(',').collect(),
        _ => return Err("must be a list, such as [\"mail=rowhouse_mail\"]".into()),
    };
    items
        .into_iter()
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            let mut parts = item.split('=').map(str::trim);
            let Some(meter) = parts.next().and_then(Meter::parse).filter(|_| item.contains('=')) else {
                let words = Meter::ALL.map(Meter::word).join(", ");
                return Err(format!("{item:?} does not begin with a meter and \"=\"; the meters are {words}"));
            };
            let event_name = parts.next().unwrap_or_default();
            let prices: Vec<String> = parts.map(str::to_owned).collect();
            if let Some(price) = prices.iter().find(|price| !(1..=255).contains(&price.len())) {
                return Err(format!("{item:?} names a price of {} letters", price.len()));
            }
            if (1..=100).contains(&event_name.len()) {
                Ok(BilledMeter { meter: meter.word().to_owned(), event_name: event_name.to_owned(), prices })
            } else {
                Err(format!("{item:?} names no event of a meter at Stripe, such as \"mail=rowhouse_mail\""))
            }
        })
        .collect()
}
