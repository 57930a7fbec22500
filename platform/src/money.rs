//! Amounts of money, as people write them.

/// Currencies without a smaller unit.
const WHOLE: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];

/// An amount in the currency's smallest unit (ISO 4217, in small letters), as it stands on invoices: `24.00 EUR`.
#[must_use]
pub fn amount(of: i64, currency: &str) -> String {
    format!("{} {}", digits(of, currency), currency.to_ascii_uppercase())
}

/// The same as it stands in a list of prices: `€24`, `€24.50`, `999.05 CHF`.
#[must_use]
pub fn price(of: i64, currency: &str) -> String {
    let digits = digits(of, currency);
    let digits = digits.strip_suffix(".00").unwrap_or(&digits);
    match currency {
        "eur" => format!("€{digits}"),
        "usd" => format!("${digits}"),
        "gbp" => format!("£{digits}"),
        other => format!("{digits} {}", other.to_ascii_uppercase()),
    }
}

fn digits(of: i64, currency: &str) -> String {
    if WHOLE.contains(&currency) {
        return of.to_string();
    }
    let sign = if of < 0 { "-" } else { "" };
    let of = of.unsigned_abs();
    format!("{sign}{}.{:02}", of / 100, of % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_by_their_currency() {
        assert_eq!(amount(2400, "eur"), "24.00 EUR");
        assert_eq!(amount(-5, "usd"), "-0.05 USD");
        assert_eq!(amount(2400, "jpy"), "2400 JPY");
        assert_eq!(amount(i64::MIN, "eur"), "-92233720368547758.08 EUR");
    }

    #[test]
    fn prices_are_short() {
        assert_eq!(price(2400, "eur"), "€24");
        assert_eq!(price(2450, "gbp"), "£24.50");
        assert_eq!(price(99_905, "chf"), "999.05 CHF");
        assert_eq!(price(2400, "jpy"), "2400 JPY");
    }
}
