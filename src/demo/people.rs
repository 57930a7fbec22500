//! The three companies and the people who work there.

use super::projects::{
    ACME_LABELS, ACME_PROJECTS, DemoLabel, DemoProject, GLOBEX_LABELS, GLOBEX_PROJECTS, INITECH_LABELS,
    INITECH_PROJECTS,
};
use super::tickets::DemoTicket;

/// An invented company with everything the demo holds of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoTenant {
    /// The name in the host.
    pub slug: &'static str,
    /// The name that people read.
    pub name: &'static str,
    /// The brand colour, as `#rrggbb`.
    pub accent: &'static str,
    /// The people; tickets refer to them by index.
    pub people: Vec<DemoPerson>,
    /// The projects; tickets refer to them by index.
    pub projects: &'static [DemoProject],
    /// The labels; tickets refer to them by index.
    pub labels: &'static [DemoLabel],
    /// The tickets, oldest first.
    pub tickets: Vec<DemoTicket>,
}

/// Someone who works at a demo company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    /// Given and family name.
    pub name: &'static str,
    /// The address they sign in with.
    pub email: String,
    /// What they may do in the workspace.
    pub role: DemoRole,
}

/// A role in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoRole {
    /// Runs the workspace.
    Owner,
    /// Works with tickets.
    Member,
}

/// What the generator knows of a company beside its tickets.
pub(super) struct Company {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) accent: &'static str,
    pub(super) seed: u64,
    pub(super) staff: [Staff; 8],
    pub(super) projects: &'static [DemoProject],
    pub(super) labels: &'static [DemoLabel],
    /// The story files, by name.
    pub(super) stories: &'static [(&'static str, &'static str)],
}

/// A person and the areas that they raise and answer tickets in.
pub(super) struct Staff {
    mailbox: &'static str,
    pub(super) name: &'static str,
    pub(super) asks: &'static [&'static str],
    pub(super) answers: &'static [&'static str],
}

impl Company {
    pub(super) fn people(&self) -> Vec<DemoPerson> {
        self.staff
            .iter()
            .map(|staff| DemoPerson {
                name: staff.name,
                email: format!("{}@{}.test", staff.mailbox, self.slug),
                role: if staff.mailbox == "owner" { DemoRole::Owner } else { DemoRole::Member },
            })
            .collect()
    }
}

impl Staff {
    pub(super) fn given_name(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }
}

const fn staff(
    mailbox: &'static str,
    name: &'static str,
    asks: &'static [&'static str],
    answers: &'static [&'static str],
) -> Staff {
    Staff { mailbox, name, asks, answers }
}

const OFFICE: (&str, &str) = ("office.txt", include_str!("stories/office.txt"));
const ROOMS: (&str, &str) = ("office-rooms.txt", include_str!("stories/office-rooms.txt"));

/// Makes presses, conveyors, gearboxes and pumps; the desk serves the plants and the customers' machines.
pub(super) const ACME: Company = Company {
    slug: "acme",
    name: "Acme Manufacturing",
    accent: "#c2410c",
    seed: 0x61_63_6d_65,
    staff: [
        staff("owner", "Ingrid Solberg", &["office", "quality"], &["erp"]),
        staff("member", "Tomasz Wierzbicki", &["production", "quality", "office"], &[]),
        staff("amara", "Amara Okonkwo", &["office"], &["it", "erp"]),
        staff("dario", "Dario Conti", &["production"], &["maintenance", "support"]),
        staff("meiling", "Meiling Chou", &["office"], &["support", "it"]),
        staff("rashid", "Rashid Karimi", &["warehouse", "production", "office"], &["maintenance"]),
        staff("lucia", "Lucía Herrera", &["service", "sales", "office"], &[]),
        staff("johanna", "Johanna Weiss", &["service", "warehouse", "quality", "office"], &["support"]),
    ],
    projects: ACME_PROJECTS,
    labels: ACME_LABELS,
    stories: &[
        ("acme.txt", include_str!("stories/acme.txt")),
        ("acme-customers.txt", include_str!("stories/acme-customers.txt")),
        ("acme-plant.txt", include_str!("stories/acme-plant.txt")),
        OFFICE,
        ROOMS,
    ],
};

/// Moves freight by road and sea; the desk serves dispatch, warehouses, customs and drivers.
pub(super) const GLOBEX: Company = Company {
    slug: "globex",
    name: "Globex Logistics",
    accent: "#0e7490",
    seed: 0x67_6c_6f_62,
    staff: [
        staff("owner", "Philippe Marchand", &["finance", "office"], &["operations"]),
        staff("member", "Aisha Rahman", &["dispatch", "customers", "office"], &[]),
        staff("kwame", "Kwame Mensah", &["office"], &["it", "systems"]),
        staff("elena", "Elena Petrova", &["office"], &["systems", "it"]),
        staff("jorge", "Jorge Almeida", &["drivers"], &["operations", "fleet"]),
        staff("sanne", "Sanne de Vries", &["warehouse", "customs", "office"], &["operations"]),
        staff("hiroshi", "Hiroshi Tanaka", &["finance", "customs", "customers", "office"], &[]),
        staff("naledi", "Naledi Dlamini", &["dispatch", "drivers", "warehouse", "office"], &["fleet"]),
    ],
    projects: GLOBEX_PROJECTS,
    labels: GLOBEX_LABELS,
    stories: &[
        ("globex.txt", include_str!("stories/globex.txt")),
        ("globex-freight.txt", include_str!("stories/globex-freight.txt")),
        ("globex-systems.txt", include_str!("stories/globex-systems.txt")),
        OFFICE,
        ROOMS,
    ],
};

/// Sells business software; the desk serves its customers and its own engineers.
pub(super) const INITECH: Company = Company {
    slug: "initech",
    name: "Initech Software",
    accent: "#6d3bd1",
    seed: 0x69_6e_69_74,
    staff: [
        staff("owner", "Beatriz Nogueira", &["office", "sales"], &["billing"]),
        staff("member", "Daniel Osei", &["customers", "office"], &["billing"]),
        staff("priya", "Priya Raman", &["product"], &["support", "api"]),
        staff("mateusz", "Mateusz Zielinski", &["engineering"], &["platform", "api", "it"]),
        staff("hannah", "Hannah Lindgren", &["customers", "product", "office"], &[]),
        staff("yusuf", "Yusuf Demir", &["sales", "customers", "office"], &["support"]),
        staff("chloe", "Chloé Fontaine", &["product", "engineering", "office"], &["support"]),
        staff("samir", "Samir Haddad", &["engineering", "office"], &["it", "platform"]),
    ],
    projects: INITECH_PROJECTS,
    labels: INITECH_LABELS,
    stories: &[
        ("initech.txt", include_str!("stories/initech.txt")),
        ("initech-customers.txt", include_str!("stories/initech-customers.txt")),
        ("initech-platform.txt", include_str!("stories/initech-platform.txt")),
        OFFICE,
        ROOMS,
    ],
};
