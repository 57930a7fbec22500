//! `rowhouse plan …`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use rowhouse_platform::{
    ambient::Ambient,
    locale::Locale,
    plan::{
        Entitlements, Feature, Interval, Limit, Overridden, PlanKey, Price,
        change::{self, By, NewVersion},
        ledger, upkeep,
    },
};
use sqlx::{Connection as _, PgConnection};
use time::Duration;

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum PlanCommand {
    /// List every version of every plan, and how many tenants have it
    List,
    /// Say with which plan new tenants begin, and which they fall back to after a trial
    Initial {
        /// The plan, such as free
        plan: PlanKey,
    },
    /// Publish another version of a plan. Who has an older one keeps it
    Publish(Publish),
    /// Show what a tenant may use
    Show {
        /// Its name in the host
        slug: String,
    },
    /// Show what was changed about a tenant, by whom and why
    History {
        /// Its name in the host
        slug: String,
    },
    /// Give a tenant the newest version of a plan, as agreed with it: nothing is paid here
    Set {
        /// Its name in the host
        slug: String,
        /// The plan, such as business
        plan: PlanKey,
        #[command(flatten)]
        why: Why,
    },
    /// Let a tenant try the newest version of a plan
    Trial {
        /// Its name in the host
        slug: String,
        /// The plan, such as business
        plan: PlanKey,
        /// For how many days
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(i64).range(1..=365))]
        days: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Make a tenant read-only
    ReadOnly {
        /// Its name in the host
        slug: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let a tenant that is read-only be changed again
    Writable {
        /// Its name in the host
        slug: String,
        #[command(flatten)]
        why: Why,
    },
    /// Make one limit or feature otherwise for a tenant than its plan says
    Override {
        /// Its name in the host
        slug: String,
        /// The limit or feature, such as seats or sso
        key: String,
        /// A number, `none` for no limit, or `yes` and `no` for a feature; of own domains, a
        /// number, which includes the feature
        value: String,
        /// For how many days; otherwise until it is taken back
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: Option<i64>,
        #[command(flatten)]
        why: Why,
    },
    /// Take back what was made otherwise
    RemoveOverride {
        /// Its name in the host
        slug: String,
        /// The limit or feature
        key: String,
        #[command(flatten)]
        why: Why,
    },
    /// End trials and overrides whose time is over, as servers do every half minute
    EndOver,
}

#[derive(Debug, Args)]
pub(super) struct Why {
    /// Why; it stands in the history
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct Publish {
    /// The plan, such as team
    plan: PlanKey,
    /// What it costs, in hundredths of the currency
    #[arg(long, value_parser = clap::value_parser!(i32).range(0..))]
    price_cents: i32,
    /// The currency, such as eur
    #[arg(long, default_value = "eur")]
    currency: String,
    /// The price is for each seat
    #[arg(long)]
    per_seat: bool,
    /// How often it is paid: month or year
    #[arg(long, default_value = "month", value_parser = interval)]
    interval: Interval,
    /// For how many days it can be tried
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..=365))]
    trial_days: i32,
    /// A limit, such as seats=50; what is not named has none
    #[arg(long = "limit", value_name = "LIMIT=NUMBER", value_parser = limit)]
    limits: Vec<(Limit, i64)>,
    /// A feature that it includes
    #[arg(long = "feature", value_parser = feature)]
    features: Vec<Feature>,
    /// The price's id at the payment provider
    #[arg(long)]
    stripe_price: Option<String>,
}

fn interval(word: &str) -> Result<Interval, String> {
    Interval::parse(word).map_err(|error| error.to_string())
}

fn feature(word: &str) -> Result<Feature, String> {
    Feature::parse(word).map_err(|error| error.to_string())
}

fn limit(text: &str) -> Result<(Limit, i64), String> {
    let (word, number) = text.split_once('=').ok_or("write it as seats=50")?;
    let most = number.parse::<i64>().ok().filter(|most| *most >= 0).ok_or("the limit is a number, 0 or more")?;
    Ok((Limit::parse(word).map_err(|error| error.to_string())?, most))
}

/// What an override says: a feature by yes and no, a limit by a number or none.
fn overridden(key: &str, value: &str) -> Result<Overridden> {
    Ok(match value {
        "yes" => Overridden::Feature(Feature::parse(key)?, true),
        "no" => Overridden::Feature(Feature::parse(key)?, false),
        "none" => Overridden::Limit(Limit::parse(key)?, None),
        number => {
            let most = number.parse::<i64>().ok().filter(|most| *most >= 0).with_context(|| {
                format!("“{number}” is no number; a limit takes one or `none`, a feature `yes` or `no`")
            })?;
            Overridden::Limit(Limit::parse(key)?, Some(most))
        }
    })
}

pub(super) async fn run(command: PlanCommand, config: Config) -> Result<()> {
    let ambient = Ambient::system();
    let url = super::operator_url(&config)?;
    match command {
        PlanCommand::List => list(url).await,
        PlanCommand::Show { slug } => show(&slug, &config).await,
        PlanCommand::History { slug } => history(&slug, url).await,
        PlanCommand::EndOver => {
            println!("{} ended.", upkeep::round(url, &ambient).await?);
            Ok(())
        }
        PlanCommand::Initial { plan } => {
            let mut connection = PgConnection::connect(url).await?;
            let mut tx = connection.begin().await?;
            change::set_initial(&mut tx, &plan).await?;
            tx.commit().await?;
            println!("New tenants begin with “{plan}”.");
            Ok(())
        }
        PlanCommand::Publish(new) => publish(new, url, &ambient).await,
        change => change_tenant(change, url, &ambient).await,
    }
}

async fn publish(new: Publish, url: &str, ambient: &Ambient) -> Result<()> {
    let is_currency = new.currency.len() == 3 && new.currency.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_currency {
        bail!("“{}” is no currency; write it as eur", new.currency);
    }
    let limits: BTreeMap<_, _> = new.limits.iter().copied().collect();
    if limits.len() < new.limits.len() {
        bail!("a limit is named twice");
    }
    let version = NewVersion {
        price: Price { cents: new.price_cents, currency: new.currency, per_seat: new.per_seat, interval: new.interval },
        trial_days: new.trial_days,
        limits,
        features: new.features.into_iter().collect::<BTreeSet<_>>(),
        stripe_price: new.stripe_price,
    };
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    let number = change::publish(&mut tx, ambient, &new.plan, &version).await?;
    tx.commit().await?;
    println!("Version {number} of “{}” can be chosen. Who has an older one keeps it.", new.plan);
    Ok(())
}

/// Changes one tenant, in one transaction that the history ascribes to the command line.
async fn change_tenant(command: PlanCommand, url: &str, ambient: &Ambient) -> Result<()> {
    let (slug, reason) = match &command {
        PlanCommand::Set { slug, why, .. }
        | PlanCommand::Trial { slug, why, .. }
        | PlanCommand::ReadOnly { slug, why }
        | PlanCommand::Writable { slug, why }
        | PlanCommand::Override { slug, why, .. }
        | PlanCommand::RemoveOverride { slug, why, .. } => (slug.clone(), why.reason.trim().to_owned()),
        _ => bail!("this command is about no tenant"),
    };
    if reason.is_empty() || reason.chars().count() > 500 {
        bail!("--reason takes 1 to 500 characters");
    }
    let by = By { actor: "command line".to_owned(), reason, billing_event: None };
    let now = ambient.now();
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = change::begin(&mut connection, &by).await?;
    let tenant = change::tenant(&mut tx, &slug)
        .await
        .with_context(|| format!("“{slug}”; `rowhouse tenant list` shows all tenants"))?;
    let done = match command {
        PlanCommand::Set { plan, .. } => {
            change::set_plan(&mut tx, now, tenant, &plan).await?;
            format!("“{slug}” has the plan “{plan}”.")
        }
        PlanCommand::Trial { plan, days, .. } => {
            let ends = change::start_trial(&mut tx, now, tenant, &plan, Duration::days(days)).await?;
            format!("“{slug}” tries the plan “{plan}” until {}.", ends.date())
        }
        PlanCommand::ReadOnly { .. } => {
            change::set_read_only(&mut tx, now, tenant, true).await?;
            format!("“{slug}” is read-only.")
        }
        PlanCommand::Writable { .. } => {
            change::set_read_only(&mut tx, now, tenant, false).await?;
            format!("“{slug}” can be changed.")
        }
        PlanCommand::Override { key, value, days, .. } => {
            let ends_at = days.map(|days| now + Duration::days(days));
            change::set_override(&mut tx, ambient, tenant, overridden(&key, &value)?, ends_at, &by).await?;
            format!("For “{slug}”, {key} is {value}.")
        }
        PlanCommand::RemoveOverride { key, .. } => {
            change::remove_override(&mut tx, now, tenant, &key).await?;
            format!("For “{slug}”, {key} is as its plan says.")
        }
        _ => bail!("this command is about no tenant"),
    };
    tx.commit().await?;
    println!("{done} Servers know within a second.");
    Ok(())
}

async fn list(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for version in ledger::versions(&mut connection).await? {
        let mut remarks = vec![match version.tenants {
            1 => "1 tenant".to_owned(),
            more => format!("{more} tenants"),
        }];
        if let Some(at) = version.retired_at {
            remarks.push(format!("retired on {}", at.date()));
        } else if version.is_initial {
            remarks.push("new tenants begin with it".to_owned());
        }
        let (plan, number, price) = (&version.plan, version.version, version.price.in_words());
        println!("{plan:<12} {number:>3}  {price}; {}", remarks.join(", "));
    }
    Ok(())
}

async fn show(slug: &str, config: &Config) -> Result<()> {
    let database = services::database(config)?;
    let tenant = super::find_tenant(&super::directory(&database, config), slug).await?;
    print!("{}", in_words(&tenant.entitlements));
    Ok(())
}

fn in_words(own: &Entitlements) -> String {
    let mut lines = vec![
        format!("Plan:  {} (version {}), {}", own.plan_name, own.version, own.price.in_words()),
        format!("State: {}", own.state.label()),
    ];
    let dates = [
        ("Trial until", own.trial_ends_at),
        ("Period until", own.period_end),
        ("Payment missing since", own.past_due_since),
        ("Read-only since", own.read_only_at),
        ("Suspended since", own.suspended_at),
    ];
    lines.extend(dates.into_iter().filter_map(|(label, at)| Some(format!("{label} {}", at?.date()))));
    for limit in Limit::ALL {
        let most = own.limit(limit).map_or_else(|| "no limit".to_owned(), |most| limit.amount(most, Locale::default()));
        lines.push(format!("  {:<24} {most}", limit.word()));
    }
    for feature in Feature::ALL {
        lines.push(format!("  {:<24} {}", feature.word(), if own.has(feature) { "yes" } else { "no" }));
    }
    for one in &own.overrides {
        let what = match one.what {
            Overridden::Limit(limit, _) => limit.word(),
            Overridden::Feature(feature, _) => feature.word(),
        };
        let until =
            one.ends_at.map_or_else(|| "until it is taken back".to_owned(), |at| format!("until {}", at.date()));
        lines.push(format!("Made otherwise: {what}, {until}"));
    }
    lines.join("\n") + "\n"
}

async fn history(slug: &str, url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let tenant = change::tenant(&mut connection, slug).await?;
    for noted in ledger::history(&mut connection, tenant, 1000).await? {
        let (before, after) =
            (noted.before.unwrap_or_else(|| "-".to_owned()), noted.after.unwrap_or_else(|| "-".to_owned()));
        let why = noted.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let event = noted.billing_event.map(|event| format!(" [{event}]")).unwrap_or_default();
        println!("{}  {}: {before} -> {after}, by {}{why}{event}", noted.at, noted.field, noted.actor);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read() {
        assert_eq!(overridden("seats", "50").unwrap(), Overridden::Limit(Limit::Seats, Some(50)));
        assert_eq!(overridden("projects", "none").unwrap(), Overridden::Limit(Limit::Projects, None));
        assert_eq!(overridden("sso", "yes").unwrap(), Overridden::Feature(Feature::Sso, true));
        for (key, value) in [("seats", "-1"), ("seats", "many"), ("seats", "yes"), ("sso", "5"), ("rockets", "1")] {
            assert!(overridden(key, value).is_err(), "{key} {value}");
        }
        assert_eq!(limit("seats=50"), Ok((Limit::Seats, 50)));
        assert!(limit("seats").is_err() && limit("seats=-1").is_err() && limit("x=1").is_err());
    }
}
