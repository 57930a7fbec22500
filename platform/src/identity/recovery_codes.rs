//! Recovery codes: ten of them, each good once, for the day when the authenticator app is lost.

use std::fmt::Write as _;

use super::sha256;
use crate::{
    ambient::Ambient,
    db::{DbError, TenantTx},
    id::AccountId,
};

/// How many codes a person gets.
pub const COUNT: usize = 10;
/// Letters of a code, five bits each: 80 bits.
const LENGTH: usize = 16;
/// Crockford's base 32: no letters that look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code as it is shown, once: four groups of four letters. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// As many as a person gets.
    pub(crate) fn set(ambient: &Ambient) -> Vec<Self> {
        (0..COUNT).map(|_| Self::new(ambient)).collect()
    }

    fn new(ambient: &Ambient) -> Self {
        let letters = ambient.bytes::<LENGTH>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        Self(letters.iter().collect())
    }

    /// Reads what was typed: upper or lower case, with or without what stands between the groups.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters = typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
        let code: Option<String> = letters
            .map(|letter| match letter.to_ascii_lowercase() {
                'o' => Some('0'),
                'i' | 'l' => Some('1'),
                letter => u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte)).then_some(letter),
            })
            .collect();
        code.filter(|code| code.len() == LENGTH).map(Self)
    }

    /// As the database has it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        sha256(&self.0)
    }
}

impl std::fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at.is_multiple_of(LENGTH / 4) {
                f.write_char('-')?;
            }
            f.write_char(letter)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// Gives the account new codes; all earlier ones are gone.
///
/// # Errors
/// [`DbError`].
pub async fn renew(tx: &mut TenantTx, ambient: &Ambient, account: AccountId) -> Result<Vec<RecoveryCode>, DbError> {
    let codes = RecoveryCode::set(ambient);
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::hash).collect();
    remove(tx, account).await?;
    sqlx::query!(
        "INSERT INTO recovery_code (tenant_id, account_id, code_hash, created_at)
         SELECT $1, $2, code_hash, $4 FROM unnest($3::bytea[]) AS new (code_hash)",
        tx.tenant_id(),
        account.0,
        &hashes,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(codes)
}

/// Whether this is a code of the account; it is then used up. Of two that use one at the same time, one succeeds.
///
/// # Errors
/// [`DbError`].
pub async fn redeem(tx: &mut TenantTx, account: AccountId, typed: &str) -> Result<bool, DbError> {
    let Some(code) = RecoveryCode::parse(typed) else { return Ok(false) };
    let done = sqlx::query!(
        "DELETE FROM recovery_code WHERE tenant_id = $1 AND account_id = $2 AND code_hash = $3",
        tx.tenant_id(),
        account.0,
        code.hash()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many codes the account has left.
///
/// # Errors
/// [`DbError`].
pub async fn left(tx: &mut TenantTx, account: AccountId) -> Result<i64, DbError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM recovery_code WHERE tenant_id = $1 AND account_id = $2"#,
        tx.tenant_id(),
        account.0
    )
    .fetch_one(tx)
    .await?;
    Ok(count)
}

/// Removes all codes of the account.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut TenantTx, account: AccountId) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM recovery_code WHERE tenant_id = $1 AND account_id = $2", tx.tenant_id(), account.0)
        .execute(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_in_groups_and_read_as_people_type_it() {
        let code = RecoveryCode("0123456789abcd01".to_owned());
        assert_eq!(code.to_string(), "0123-4567-89ab-cd01");
        for typed in ["0123-4567-89ab-cd01", " 0123 4567 89AB CD01\n", "0123456789abcd01", "OL23-4567-89ab-cdoI"] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
        for typed in ["", "0123-4567-89ab-cd0", "0123-4567-89ab-cd012", "0123-4567-89ab-cdu1", "0123-4567-89ab-cdé1"] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    #[test]
    fn codes_are_random_in_every_letter() {
        let ambient = Ambient::system();
        let codes: Vec<_> = (0..400).map(|_| RecoveryCode::new(&ambient).0).collect();
        for place in 0..LENGTH {
            let mut seen: Vec<u8> = codes.iter().map(|code| code.as_bytes()[place]).collect();
            seen.sort_unstable();
            seen.dedup();
            // That three of 32 letters are missing at a place does not happen by chance.
            assert!(seen.len() >= 30, "{} letters at place {place}", seen.len());
        }
    }
}
