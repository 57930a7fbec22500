//! What owners are told about payments and the plan.

use time::OffsetDateTime;

use super::{Draft, Letterhead, moment};
use crate::{locale::Locale, plan::notice::Notice};

/// Something about payments or the plan that owners are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillingNews {
    /// A payment failed.
    PaymentFailed {
        /// When nothing can be changed any more.
        read_only_at: OffsetDateTime,
        /// When nothing is shown any more.
        suspended_at: OffsetDateTime,
    },
    /// It is still missing, and soon nothing can be changed.
    ReadOnlySoon {
        /// When.
        at: OffsetDateTime,
    },
    /// Nothing can be changed.
    ReadOnly {
        /// When nothing is shown any more.
        suspended_at: OffsetDateTime,
    },
    /// The operator let nothing be changed any more.
    MadeReadOnly,
    /// Nothing is shown.
    Suspended,
    /// What was missing is there.
    PaymentArrived,
    /// A trial ends soon.
    TrialEnding {
        /// When.
        at: OffsetDateTime,
        /// Whether a payment follows by itself.
        is_paid: bool,
    },
    /// A limit of the plan is near, or reached.
    Limit(Notice),
}

/// What the letter says; `link` leads to where it is put right.
pub(super) fn draft(letterhead: &Letterhead, news: &BillingNews, link: &str) -> Draft {
    let name = letterhead.name();
    let draft = match news {
        BillingNews::PaymentFailed { read_only_at, suspended_at } => {
            Draft::new(format!("A payment for {name} failed"), "A payment failed")
                .text(format!("The last payment for the workspace {name} did not go through. It is tried again in the next days. Check that the payment method is still good, or pay the invoice."))
                .facts([("Read-only from", &moment(*read_only_at)), ("Suspended from", &moment(*suspended_at))])
                .text("Until then everything works as before. Nothing is deleted.")
                .button("See the plan and pay", link)
        }
        BillingNews::ReadOnlySoon { at } => {
            Draft::new(format!("{name} becomes read-only soon"), "A payment is still missing")
                .text(format!("A payment for the workspace {name} is still missing. From {} on, people can read everything and change nothing.", moment(*at)))
                .button("See the plan and pay", link)
        }
        BillingNews::ReadOnly { suspended_at } => {
            Draft::new(format!("{name} is read-only"), format!("{name} is read-only"))
                .text(format!("A payment for the workspace {name} is missing, so people can read everything and change nothing. As soon as it is paid, all is as before."))
                .facts([("Suspended from", &moment(*suspended_at))])
                .button("See the plan and pay", link)
        }
        BillingNews::MadeReadOnly => {
            Draft::new(format!("{name} was made read-only"), format!("{name} is read-only"))
                .text(format!("The workspace {name} was made read-only by those who run this service: people can read everything and change nothing. Nothing was deleted."))
                .text("If you do not know why, ask them.")
                .button("See the plan", link)
        }
        BillingNews::Suspended => {
            Draft::new(format!("{name} is suspended"), format!("{name} is suspended"))
                .text(format!("A payment for the workspace {name} has been missing for three weeks, so it is suspended. Nothing in it was deleted. As soon as it is paid, all is as before."))
                .button("See the plan and pay", link)
        }
        BillingNews::PaymentArrived => {
            Draft::new(format!("The payment for {name} arrived"), "Thank you, the payment arrived")
                .text(format!("What was missing for the workspace {name} is paid. Everything works as before."))
                .button("See the invoices", link)
        }
        BillingNews::TrialEnding { at, is_paid: false } => {
            Draft::new(format!("The free trial of {name} ends soon"), "The trial ends soon")
                .text(format!("The trial of the workspace {name} ends on {}. Then it goes on with the plan that new workspaces begin with, unless another is chosen before. Nothing is deleted.", moment(*at)))
                .button("See the plan", link)
        }
        BillingNews::TrialEnding { at, is_paid: true } => {
            Draft::new(format!("The trial of {name} ends soon"), "The trial ends soon")
                .text(format!("The trial of the workspace {name} ends on {}. Then the first payment is due.", moment(*at)))
                .text("To go on, you need not do anything. If you do not want to, cancel before.")
                .button("See the plan", link)
        }
        BillingNews::Limit(notice) => of_limit(name, *notice).button("See the plan", link),
    };
    draft.because(format!("you are an owner of {name}"))
}

fn of_limit(name: &str, notice: Notice) -> Draft {
    let Notice { limit, used, most } = notice;
    let [used, most] = [used, most].map(|of| limit.amount(of, Locale::default()));
    let amount = format!("{used} of {most}");
    let subject = format!("{name}: {amount} used ({})", limit.label());
    let draft = if notice.is_reached() {
        Draft::new(subject, "A limit of the plan is reached")
            .text(format!(
                "The workspace {name} uses all that its plan allows. What is there works on, and nothing is deleted."
            ))
            .text(limit.what_is_refused())
    } else {
        Draft::new(subject, "A limit of the plan is near")
            .text(format!("The workspace {name} uses at least 80 % of what its plan allows. Nothing is refused yet."))
    };
    draft.facts([("Limit", limit.label()), ("Used", &amount)]).text(limit.what_to_do())
}
