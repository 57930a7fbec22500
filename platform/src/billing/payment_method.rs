//! What a tenant pays with, as people know it.

use crate::db::{DbError, TenantTx};

/// What is known of how the transaction's tenant pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaysWith {
    /// Stripe did not say yet.
    Unknown,
    /// Nothing: Stripe has no payment method.
    Nothing,
    /// Stripe has one, and what it is was not said yet.
    Something,
    /// This.
    Method(Method),
}

/// A payment method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Stripe's word: `card`, `sepa_debit`.
    pub kind: String,
    /// Of a card, Stripe's word for which: `visa`.
    pub brand: Option<String>,
    /// The last four signs.
    pub last4: Option<String>,
    /// Of a card: month and year of its end.
    pub expires: Option<(i32, i32)>,
}

impl Method {
    /// As people read it: "Visa ending in 4242, expires 04/2028".
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = self.name();
        if let Some(last4) = &self.last4 {
            words = format!("{words} ending in {last4}");
        }
        match self.expires {
            Some((month, year)) => format!("{words}, expires {month:02}/{year}"),
            None => words,
        }
    }

    fn name(&self) -> String {
        match (self.kind.as_str(), self.brand.as_deref()) {
            ("card", Some("visa")) => "Visa".to_owned(),
            ("card", Some("mastercard")) => "Mastercard".to_owned(),
            ("card", Some("amex" | "american_express")) => "American Express".to_owned(),
            ("card", Some("diners")) => "Diners Club".to_owned(),
            ("card", Some("jcb")) => "JCB".to_owned(),
            ("card", Some("unionpay")) => "UnionPay".to_owned(),
            ("card", None | Some("unknown")) => "Card".to_owned(),
            ("sepa_debit", _) => "SEPA direct debit".to_owned(),
            ("us_bank_account", _) => "Bank account".to_owned(),
            ("bacs_debit", _) => "Bacs direct debit".to_owned(),
            ("paypal", _) => "PayPal".to_owned(),
            ("card", Some(other)) | (other, _) => capitalized(other),
        }
    }
}

/// A word of Stripe's that nothing here knows.
fn capitalized(word: &str) -> String {
    let word = word.replace('_', " ");
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

/// What the transaction's tenant pays with, by what Stripe said; nothing is asked.
///
/// # Errors
/// [`DbError`].
pub async fn own(tx: &mut TenantTx) -> Result<PaysWith, DbError> {
    let row = sqlx::query!(
        r#"SELECT is_said AS "is_said!", is_named AS "is_named!", kind, brand, last4, exp_month, exp_year
           FROM control.own_payment_method()"#
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row.filter(|row| row.is_said) else { return Ok(PaysWith::Unknown) };
    if !row.is_named {
        return Ok(PaysWith::Nothing);
    }
    let Some(kind) = row.kind else { return Ok(PaysWith::Something) };
    let expires = row.exp_month.zip(row.exp_year);
    Ok(PaysWith::Method(Method { kind, brand: row.brand, last4: row.last4, expires }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_named_as_people_know_them() {
        let words = |kind: &str, brand: Option<&str>, last4: Option<&str>, expires| {
            let (brand, last4) = (brand.map(str::to_owned), last4.map(str::to_owned));
            Method { kind: kind.to_owned(), brand, last4, expires }.in_words()
        };
        let visa = words("card", Some("visa"), Some("4242"), Some((4, 2028)));
        assert_eq!(visa, "Visa ending in 4242, expires 04/2028");
        assert_eq!(words("sepa_debit", None, Some("3000"), None), "SEPA direct debit ending in 3000");
        assert_eq!(words("card", Some("girocard_plus"), None, None), "Girocard plus");
        assert_eq!(words("amazon_pay", None, None, None), "Amazon pay");
        assert_eq!(words("card", None, None, None), "Card");
    }
}
