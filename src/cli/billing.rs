//! `rowhouse billing …`.

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use rowhouse_platform::{
    ambient::Ambient,
    billing::{Billing, outbox::Outbox, sync},
};
use uuid::Uuid;

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum BillingCommand {
    /// Fetch how a tenant's subscriptions and invoices stand at Stripe, for when events went astray
    Sync {
        /// Its name in the host
        slug: String,
    },
    /// List what waits to be told to Stripe, and what was given up
    Outbox {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell Stripe what is due now, as servers do every two seconds
    Send,
    /// Tell Stripe once more what was given up. Look first whether Stripe did it: it would be done twice
    Retry {
        /// The id of the row, as `rowhouse billing outbox` lists it
        id: Uuid,
    },
}

pub(super) async fn run(command: BillingCommand, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let outbox = Outbox::open(super::operator_url(&config)?, ambient.clone())?;
    match command {
        BillingCommand::Sync { slug } => {
            let objects = sync::sync(&billing(&config)?, &outbox, &ambient, &slug).await?;
            println!("{objects} subscriptions and invoices of “{slug}” are as Stripe has them now.");
        }
        BillingCommand::Outbox { json } => list(&outbox, json).await?,
        BillingCommand::Send => {
            let round = outbox.round(&billing(&config)?).await?;
            println!("{} done, {} put off, {} given up.", round.done, round.postponed, round.given_up);
        }
        BillingCommand::Retry { id } => {
            if !outbox.retry(id).await? {
                bail!("there is no row {id} that was given up; `rowhouse billing outbox` lists them");
            }
            println!("{id} is told to Stripe again, under a new key.");
        }
    }
    outbox.close().await;
    Ok(())
}

fn billing(config: &Config) -> Result<Billing> {
    services::billing(config)?.context("billing.stripe_secret_key is not set: there is no billing")
}

async fn list(outbox: &Outbox, json: bool) -> Result<()> {
    let rows = outbox.open_rows().await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    if rows.is_empty() {
        println!("Stripe was told everything.");
    }
    for row in rows {
        let slug = row.slug.as_deref().unwrap_or("-");
        let state = if row.failed_at.is_some() { "given up" } else { "waits" };
        println!("{}  {slug}  {}  {}  {state} after {} attempts", row.id, row.kind, row.created_at, row.attempts);
        if let Some(error) = row.last_error {
            println!("    {error}");
        }
    }
    Ok(())
}
