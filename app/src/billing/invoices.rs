//! The part of `/admin/plan` about invoices.

use leptos::prelude::*;
use rowhouse_platform::{billing::invoice::Invoice, money};

use super::Shown;
use crate::ui::time::day;

/// The card.
pub(crate) fn card(shown: &Shown) -> AnyView {
    let list = if shown.invoices.is_empty() {
        view! { <p class="muted">"There are no invoices yet."</p> }.into_any()
    } else {
        table(&shown.invoices)
    };
    view! {
        <section class="card stack" aria-labelledby="plan-invoices">
            <h2 id="plan-invoices">"Invoices"</h2>
            {list}
        </section>
    }
    .into_any()
}

fn table(invoices: &[Invoice]) -> AnyView {
    let rows = invoices.iter().map(row).collect_view();
    view! {
        <table class="data-table key-list">
            <caption class="visually-hidden">"Invoices, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Invoice"</th>
                    <th scope="col">"Day"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="is-end">"Amount"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"PDF"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(invoice: &Invoice) -> AnyView {
    let name = invoice.number.clone().unwrap_or_else(|| "Without a number".to_owned());
    let name_shown = match invoice.page.clone() {
        Some(page) => view! { <a href=page rel="noopener">{name.clone()}</a> }.into_any(),
        None => name.clone().into_any(),
    };
    let pdf = invoice.pdf.clone().map(|pdf| {
        view! {
            <a class="button button--quiet" href=pdf rel="noopener">
                "PDF"
                <span class="visually-hidden">{format!(" of {name}")}</span>
            </a>
        }
    });
    view! {
        <tr>
            <th scope="row">{name_shown}</th>
            <td data-label="Day">{day(invoice.made_at)}</td>
            <td data-label="State">{state(invoice)}</td>
            <td data-label="Amount" class="is-end">{money::amount(invoice.total, &invoice.currency)}</td>
            <td class="is-end">{pdf}</td>
        </tr>
    }
    .into_any()
}

fn state(invoice: &Invoice) -> &'static str {
    match (invoice.status.as_str(), invoice.has_failed) {
        ("paid", _) => "Paid",
        ("void", _) => "Void",
        (_, true) => "Payment failed",
        _ => "Open",
    }
}
