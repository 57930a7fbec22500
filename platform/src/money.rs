//! Amounts of money, as people write them.

/// Currencies without a smaller unit.
const WHOLE: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];

/// An amount in the currency's smallest unit (ISO 4217, in small letters), as it stands on invoices: `€24.00`,
/// `999.05 CHF`.
#[must_use]
pub fn amount(of: i64, currency: &str) -> String {
    with_currency(&digits(of, currency), currency)
}

/// The same as it stands in a list of prices, without cents where there are none: `€24`, `€24.50`, `999.05 CHF`.
#[must_use]
pub fn price(of: i64, currency: &str) -> String {
    let digits = digits(of, currency);
    with_currency(digits.strip_suffix(".00").unwrap_or(&digits), currency)
}

/// With the currency's sign before them, or its code behind them where no sign is known.
fn with_currency(digits: &str, currency: &str) -> String {
    let sign = match currency {
        "eur" => '€',
        "usd" => '$',
        "gbp" => '£',
        other => return format!("{digits} {}", other.to_ascii_uppercase()),
    };
    match digits.strip_prefix('-') {
        Some(digits) => format!("-{sign}{digits}"),
        None => format!("{sign}{digits}"),
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
        assert_eq!(amount(2400, "eur"), "€24.00");
        assert_eq!(amount(-5, "usd"), "-$0.05");
        assert_eq!(amount(2400, "jpy"), "2400 JPY");
        assert_eq!(amount(99_900, "chf"), "999.00 CHF");
        assert_eq!(amount(i64::MIN, "eur"), "-€92233720368547758.08");
    }

    #[test]
    fn prices_are_short() {
        assert_eq!(price(2400, "eur"), "€24");
        assert_eq!(price(2450, "gbp"), "£24.50");
        assert_eq!(price(-2400, "usd"), "-$24");
        assert_eq!(price(99_905, "chf"), "999.05 CHF");
        assert_eq!(price(2400, "jpy"), "2400 JPY");
    }
}
