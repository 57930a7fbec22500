//! `rowhouse audit …`.

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use rowhouse_platform::{
    ambient::Ambient,
    audit::{Anchor, AuditKeys, Chain, Keeper},
};

use crate::{config::Config, services};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Go through every record, and say which were changed, removed, added or moved
    Verify {
        /// Only the log of this tenant, by its name in the host
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// A head that was noted elsewhere, and must still be in the log: only so is it found out when the newest
        /// records were cut off
        #[arg(long, value_name = "NUMBER:MAC", requires = "tenant")]
        expect_head: Option<Anchor>,
    },
    /// Remove the records that are past their time, as servers do once a day
    Prune {
        /// Only from the log of this tenant, by its name in the host
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
}

pub(super) async fn run(command: AuditCommand, config: Config) -> Result<()> {
    let secrets = services::secret_keys(&config)?;
    let keys = AuditKeys::of(&secrets);
    let mut keeper = Keeper::connect(super::operator_url(&config)?, Ambient::system(), keys).await?;
    match command {
        AuditCommand::Verify { tenant, expect_head } => {
            verify(&mut keeper, tenant.as_deref(), expect_head.as_ref()).await
        }
        AuditCommand::Prune { tenant } => {
            let days = config.audit.retention_days;
            for chain in chains(&mut keeper, tenant.as_deref()).await? {
                let removed =
                    keeper.prune(&chain, days).await.with_context(|| format!("{} cannot be pruned", chain.name()))?;
                println!("{}: {}.", chain.name(), count(removed, "record was", "records were") + " removed");
            }
            Ok(())
        }
    }
}

async fn chains(keeper: &mut Keeper, tenant: Option<&str>) -> Result<Vec<Chain>> {
    let Some(slug) = tenant else { return Ok(keeper.chains().await?) };
    let chain = keeper.chain(slug).await?;
    Ok(vec![chain.with_context(|| format!("there is no tenant “{slug}”; `rowhouse tenant list` shows all"))?])
}

async fn verify(keeper: &mut Keeper, tenant: Option<&str>, expect_head: Option<&Anchor>) -> Result<()> {
    let (mut broken, mut records) = (0_u64, 0);
    let chains = chains(keeper, tenant).await?;
    for chain in &chains {
        let report = keeper.verify(chain, expect_head).await?;
        records += report.records;
        if report.is_good() {
            let (first, head) = (report.first_seq, &report.head);
            println!(
                "ok      {}: {}, from {first}; head {head}",
                chain.name(),
                count(report.records, "record", "records")
            );
            continue;
        }
        broken += 1;
        for finding in &report.findings {
            println!("WRONG   {}: record {}: {}", chain.name(), finding.seq, finding.what);
        }
        if report.further > 0 {
            println!("WRONG   {}: and {} more", chain.name(), report.further);
        }
    }
    if broken > 0 {
        bail!("{} not as written", count(broken, "audit log is", "audit logs are"));
    }
    println!(
        "All is as it was written: {} of {}.",
        count(records, "record", "records"),
        count(chains.len() as u64, "tenant", "tenants")
    );
    Ok(())
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
