//! `rowhouse usage …`.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rowhouse_platform::{
    ambient::Ambient,
    db::Admin,
    metering::{
        reconcile::{Report, reconcile},
        roll_up,
    },
};
use time::{Date, format_description::FormatItem, macros::format_description};

use crate::{config::Config, services};

/// The most differences that are printed of a tenant.
const SHOWN: usize = 100;

#[derive(Debug, Subcommand)]
pub(super) enum UsageCommand {
    /// Compare the events of some days with what they were added up to, what was billed, what Stripe took and what it
    /// invoiced; what differs is named, and the exit status is 1
    Reconcile(Days),
    /// Add up anew all events that are kept
    Rebuild {
        /// The tenant, by its name in the host
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Days {
    /// Only this tenant, by its name in the host
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// The first day, in UTC, such as 2026-06-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Date,
}

fn day(text: &str) -> Result<Date, String> {
    const DAY: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");
    Date::parse(text, DAY).map_err(|_| format!("“{text}” is no day such as 2026-06-01"))
}

pub(super) async fn run(command: UsageCommand, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let database = services::database(&config)?;
    let directory = super::directory(&database, &config);
    match command {
        UsageCommand::Rebuild { tenant } => {
            let tenant = super::find_tenant(&directory, &tenant).await?;
            let mut tx = database.begin(&tenant.home).await?;
            roll_up::rebuild(&mut tx, &ambient).await?;
            tx.commit().await?;
            println!("{} is added up anew.", tenant.name);
            Ok(())
        }
        UsageCommand::Reconcile(Days { tenant, from, to }) => {
            if to < from {
                bail!("the last day, {to}, is before the first, {from}");
            }
            let operator_url = super::operator_url(&config)?;
            let slugs = if let Some(slug) = tenant {
                vec![slug]
            } else {
                let all = Admin::connect(operator_url).await?.tenants().await?;
                all.into_iter().map(|tenant| tenant.slug).collect()
            };
            // Without billing there are none.
            let meters = config.billing.stripe.as_ref().map_or(&[][..], |settings| settings.meters.as_slice());
            let mut wrong = 0;
            for slug in &slugs {
                let tenant = super::find_tenant(&directory, slug).await?;
                let report = reconcile(&database, operator_url, &ambient, &tenant.home, meters, (from, to)).await?;
                print(slug, &report);
                wrong += report.differences.len();
            }
            match wrong {
                0 => Ok(()),
                1 => bail!("there is 1 difference"),
                wrong => bail!("there are {wrong} differences"),
            }
        }
    }
}

fn print(slug: &str, report: &Report) {
    if report.differences.is_empty() {
        let billed = report.billed;
        let (events, lines) = (report.events, report.invoiced);
        println!("ok      {slug}: {events} events are what was added up, and {billed} bills are what was used");
        if lines > 0 {
            println!("        {slug}: {lines} lines of invoices are what Stripe took");
        }
    }
    for (meter, tally) in &report.totals {
        println!("        {slug}: {meter} {}, from {} events", tally.quantity, tally.events);
    }
    for difference in report.differences.iter().take(SHOWN) {
        println!("WRONG   {slug}: {difference}");
    }
    if report.differences.len() > SHOWN {
        println!("WRONG   {slug}: and {} more", report.differences.len() - SHOWN);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn days_are_read_or_refused_with_an_example() {
        assert_eq!(day("2026-06-01"), Ok(date!(2026 - 06 - 01)));
        for text in ["", "2026-6-1", "2026-02-30", "yesterday"] {
            assert!(day(text).unwrap_err().contains("2026-06-01"), "{text}");
        }
    }
}
