//! The projects and labels of the companies, and which tickets belong to them.

/// A project of a demo company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoProject {
    /// What its tickets begin with.
    pub key: &'static str,
    /// The name that people read.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Whether the whole company is in it; otherwise, who has to do with its tickets.
    pub is_open: bool,
    /// The mailbox of who leads it.
    pub lead: &'static str,
    /// Stories belong to the project by the first of the areas that they are answered in.
    pub(super) areas: &'static [&'static str],
}

/// A label of a demo company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoLabel {
    /// What it says.
    pub name: &'static str,
    /// A colour of labels.
    pub colour: &'static str,
    /// The stories whose tickets have it; a name that ends in `-` stands for all that begin so.
    stories: &'static [&'static str],
}

impl DemoLabel {
    pub(super) fn is_of(&self, story: &str) -> bool {
        self.stories.iter().any(|name| if name.ends_with('-') { story.starts_with(name) } else { story == *name })
    }
}

/// The label that is put on a few tickets of every story: the last one of each company.
pub(super) const ESCALATED: DemoLabel = label("escalated", "red", &[]);

const fn label(name: &'static str, colour: &'static str, stories: &'static [&'static str]) -> DemoLabel {
    DemoLabel { name, colour, stories }
}

pub(super) const ACME_PROJECTS: &[DemoProject] = &[
    DemoProject {
        key: "IT",
        name: "IT and ERP",
        description: "Accounts, devices, the network and the ERP system, in all plants.",
        is_open: true,
        lead: "amara",
        areas: &["it", "erp"],
    },
    DemoProject {
        key: "MNT",
        name: "Maintenance",
        description: "Machines and buildings of our own plants. Dangers first: call the shift leader before you write.",
        is_open: true,
        lead: "rashid",
        areas: &["maintenance"],
    },
    DemoProject {
        key: "SRV",
        name: "Customer service",
        description: "Machines that stand at customers: faults, spare parts, warranty and commissioning.",
        is_open: true,
        lead: "johanna",
        areas: &["support"],
    },
];

pub(super) const ACME_LABELS: &[DemoLabel] = &[
    label("access", "blue", &["office-vpn", "office-account", "office-access", "portal-access"]),
    label("documentation", "grey", &["manual-request", "erp-drawing", "quality-document"]),
    label("hardware", "teal", &["office-laptop", "office-printer", "office-room", "erp-scanner"]),
    label("machine down", "orange", &["press-alarm", "cnc-machine", "weld-robot", "laser-cut", "strapper-jam"]),
    label("onboarding", "green", &["office-joiner", "office-leaver"]),
    label("outage", "red", &["erp-outage", "network-outage", "portal-outage", "office-wifi"]),
    label("safety", "yellow", &["safety-guard", "crane-check", "forklift", "office-phishing"]),
    label("spare parts", "purple", &["parts-quote", "parts-wrong", "pump-leak", "gearbox-noise"]),
    label("stock", "teal", &["erp-stock", "erp-label"]),
    label("warranty", "pink", &["warranty-claim", "supplier-defect"]),
    ESCALATED,
];

pub(super) const GLOBEX_PROJECTS: &[DemoProject] = &[
    DemoProject {
        key: "OPS",
        name: "Operations",
        description: "Shipments, customs, warehouses and customers.",
        is_open: true,
        lead: "sanne",
        areas: &["operations"],
    },
    DemoProject {
        key: "FLT",
        name: "Fleet",
        description: "Trucks, trailers and drivers. Only who works with the fleet is in here: driver hours are personal.",
        is_open: false,
        lead: "naledi",
        areas: &["fleet"],
    },
    DemoProject {
        key: "IT",
        name: "IT and systems",
        description: "TMS, WMS, EDI, the driver app, and every desk.",
        is_open: true,
        lead: "kwame",
        areas: &["it", "systems"],
    },
];

pub(super) const GLOBEX_LABELS: &[DemoLabel] = &[
    label("billing", "green", &["invoice-dispute", "carrier-invoice", "fuel-card"]),
    label("customs", "blue", &["customs-hold", "transit-open", "container-release"]),
    label("damage", "orange", &["damage-claim", "temperature", "inventory-difference"]),
    label("delay", "yellow", &["late-delivery", "storm-closure", "slot-booking"]),
    label("EDI", "purple", &["edi-"]),
    label("hardware", "teal", &["office-laptop", "office-printer", "office-room", "wms-scanner", "telematics"]),
    label("access", "blue", &["office-vpn", "office-account", "office-access"]),
    label("outage", "red", &["edi-outage", "tracking-outage", "app-crash", "office-wifi"]),
    label("proof of delivery", "pink", &["missing-pod"]),
    label("safety", "yellow", &["safety-warehouse", "dangerous-goods", "dock-equipment", "fleet-defect"]),
    ESCALATED,
];

pub(super) const INITECH_PROJECTS: &[DemoProject] = &[
    DemoProject {
        key: "CS",
        name: "Customer support",
        description: "What customers ask for: the product, their data, their invoices.",
        is_open: true,
        lead: "priya",
        areas: &["support", "billing"],
    },
    DemoProject {
        key: "ENG",
        name: "Engineering",
        description: "The platform and the API: builds, deployments, incidents and defects.",
        is_open: false,
        lead: "mateusz",
        areas: &["platform", "api"],
    },
    DemoProject {
        key: "IT",
        name: "Internal IT",
        description: "Accounts, laptops, rooms and licences of our own people.",
        is_open: true,
        lead: "samir",
        areas: &["it"],
    },
];

pub(super) const INITECH_LABELS: &[DemoLabel] = &[
    label("access", "blue", &["office-vpn", "office-account", "office-access", "sso-login", "permissions"]),
    label("billing", "green", &["billing-seats", "invoice-pdf", "tax-rates", "reconciliation"]),
    label("bug", "red", &["qa-regression", "numbering-regression", "approval-stuck", "mobile-app", "time-tracking"]),
    label("CI", "grey", &["ci-flaky", "deploy-failed", "dependency-update"]),
    label("data", "teal", &["csv-import", "export-data", "migration-project", "report-slow"]),
    label("documentation", "grey", &["docs-mistake", "onboarding-help"]),
    label("feature request", "purple", &["feature-request", "feature-flag"]),
    label("incident", "orange", &["login-outage", "double-reminders", "report-backlog", "incident-review", "db-alert"]),
    label("integration", "blue", &["api-errors", "webhooks", "onprem-connector", "sandbox"]),
    label("security", "yellow", &["security-questionnaire", "privacy-request", "office-phishing"]),
    ESCALATED,
];
