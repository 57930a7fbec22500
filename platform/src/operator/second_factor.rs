//! The second half of signing in: the code of the authenticator app, or a recovery code; and, the first time, setting the
//! app up.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Audited, SignedIn,
    audit::{self, Action, By, Record},
    challenge::{self, Challenge},
    session,
    sign_in::Parts,
};
use crate::{
    ambient::Ambient,
    audit::Origin,
    db::DbError,
    identity::{
        recovery_codes::RecoveryCode,
        second_factor::{Answer, Miss},
        session::{Device, SessionToken},
        throttle,
        totp::{
            Enrolment, Label, TotpFailure,
            code::{self, PENDING_FOR, SECRET_LENGTH, matching_step},
        },
    },
    secrets::{Sealed, SecretKeys},
};

/// What apps call the console.
const ISSUER: &str = "Rowhouse console";

/// What became of an answer to a sign-in that is half done.
#[derive(Debug)]
pub enum Met {
    /// There is no such sign-in, or not any more.
    Gone,
    /// The answer does not count.
    Missed(Miss),
    /// The session begins; after the app was set up, with recovery codes to be shown this once.
    In {
        /// Its token.
        token: SessionToken,
        /// The codes.
        codes: Vec<RecoveryCode>,
    },
}

/// What a secret is sealed for.
pub(super) fn context(operator: Uuid) -> String {
    format!("operator-totp/{operator}")
}

/// Makes a secret that does not count yet; one that was waiting is forgotten.
pub(super) async fn enrol(
    tx: &mut PgConnection,
    ambient: &Ambient,
    keys: &SecretKeys,
    operator: Uuid,
) -> Result<(), DbError> {
    let secret = ambient.bytes::<SECRET_LENGTH>();
    let sealed = keys.seal(&context(operator), &secret, ambient);
    sqlx::query!(
        "UPDATE control.operator_account SET totp_pending = $2, totp_pending_since = $3 WHERE id = $1",
        operator,
        sealed.as_bytes(),
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a sign-in that is half done is there and owes a code of an app that counts.
///
/// # Errors
/// [`DbError`].
pub async fn owes_code(parts: Parts<'_>, token: &str) -> Result<bool, DbError> {
    let mut tx = parts.operators.begin().await?;
    let found = challenge::find(&mut tx, parts.ambient, token).await?;
    tx.commit().await?;
    Ok(found.is_some_and(|challenge| challenge.has_app))
}

/// What is shown to whoever has shown the password and has no app yet. Nothing where that is not so.
///
/// # Errors
/// [`TotpFailure`].
pub async fn enrolment(parts: Parts<'_>, token: &str) -> Result<Option<Enrolment>, TotpFailure> {
    let mut tx = parts.operators.begin().await?;
    let found = challenge::find(&mut tx, parts.ambient, token).await?.filter(|challenge| !challenge.has_app);
    let Some(challenge) = found else { return Ok(None) };
    let pending = pending(&mut tx, parts.ambient, challenge.operator).await?;
    tx.commit().await?;
    let label = Label { issuer: ISSUER, account: &challenge.email };
    pending.map(|sealed| code::enrolment(parts.secrets, &context(challenge.operator), &sealed, label)).transpose()
}

/// Takes the first code of the app that was shown: it counts from now on, and the session begins.
///
/// # Errors
/// [`TotpFailure`].
pub async fn set_up(
    parts: Parts<'_>,
    token: &str,
    typed: &str,
    (device, origin): (&Device, &Origin),
) -> Result<Met, TotpFailure> {
    let Parts { ambient, .. } = parts;
    let mut tx = parts.operators.begin().await?;
    let found = challenge::attempt(&mut tx, ambient, token).await?.filter(|challenge| !challenge.has_app);
    let Some(challenge) = found else { return Ok(Met::Gone) };
    let by = By::Name(Some(challenge.operator), &challenge.email);
    let right = match pending(&mut tx, ambient, challenge.operator).await? {
        Some(sealed) => confirm(&mut tx, parts, challenge.operator, &sealed, typed).await?,
        None => false,
    };
    if !right {
        // The attempt stays counted.
        refuse(&mut tx, parts, origin, by).await?;
        tx.commit().await?;
        return Ok(Met::Missed(Miss::Wrong));
    }
    if !challenge::settle(&mut tx, token).await? {
        return Ok(Met::Gone);
    }
    let codes = renew(&mut tx, ambient, challenge.operator).await?;
    audit::write(&mut tx, ambient, origin, by, Record::of(Action::AppSetUp)).await?;
    audit::write(&mut tx, ambient, origin, by, Record::of(Action::SignedIn)).await?;
    let token = session::open(&mut tx, ambient, challenge.operator, device).await?;
    tx.commit().await?;
    Ok(Met::In { token, codes })
}

/// Takes the answer to a sign-in that is half done; one that is right ends it, and the session begins.
///
/// # Errors
/// [`TotpFailure`].
pub async fn meet(
    parts: Parts<'_>,
    token: &str,
    answer: Answer<'_>,
    (device, origin): (&Device, &Origin),
) -> Result<Met, TotpFailure> {
    let Parts { ambient, .. } = parts;
    let mut tx = parts.operators.begin().await?;
    let found = challenge::attempt(&mut tx, ambient, token).await?.filter(|challenge| challenge.has_app);
    let Some(challenge) = found else { return Ok(Met::Gone) };
    let by = By::Name(Some(challenge.operator), &challenge.email);
    if let Err(miss) = check(&mut tx, parts, &challenge, answer).await? {
        refuse(&mut tx, parts, origin, by).await?;
        tx.commit().await?;
        return Ok(Met::Missed(miss));
    }
    if !challenge::settle(&mut tx, token).await? {
        return Ok(Met::Gone);
    }
    if let Answer::RecoveryCode(_) = answer {
        let left = left_of(&mut tx, challenge.operator).await?;
        let record = Record::of(Action::RecoveryCodeUsed).detail(format!("{left} left"));
        audit::write(&mut tx, ambient, origin, by, record).await?;
    }
    audit::write(&mut tx, ambient, origin, by, Record::of(Action::SignedIn)).await?;
    let token = session::open(&mut tx, ambient, challenge.operator, device).await?;
    tx.commit().await?;
    Ok(Met::In { token, codes: Vec::new() })
}

/// How many recovery codes an operator has left.
///
/// # Errors
/// [`DbError`].
pub async fn left(own: &mut SignedIn) -> Result<i64, DbError> {
    let id = own.operator().id.0;
    left_of(own.connection(), id).await
}

/// Whether a code of an operator's own app is right; it is then used. Not of a recovery code: it is for signing in.
///
/// # Errors
/// [`TotpFailure`].
pub async fn verify_own(parts: Parts<'_>, own: &mut SignedIn, typed: &str) -> Result<Result<(), Miss>, TotpFailure> {
    let id = own.operator().id.0;
    verify(own.connection(), parts, id, typed).await
}

/// Gives an operator new recovery codes; all earlier ones are gone.
///
/// # Errors
/// [`DbError`].
pub async fn renew_own(audited: &mut Audited, ambient: &Ambient) -> Result<Vec<RecoveryCode>, DbError> {
    let id = audited.operator().id.0;
    renew(audited.connection(), ambient, id).await
}

async fn refuse(tx: &mut PgConnection, parts: Parts<'_>, origin: &Origin, by: By<'_>) -> Result<(), DbError> {
    let record = Record::of(Action::SignInRefused).detail("The second factor was wrong.");
    audit::write(tx, parts.ambient, origin, by, record).await
}

async fn check(
    tx: &mut PgConnection,
    parts: Parts<'_>,
    challenge: &Challenge,
    answer: Answer<'_>,
) -> Result<Result<(), Miss>, TotpFailure> {
    match answer {
        Answer::Code(typed) => verify(tx, parts, challenge.operator, typed).await,
        // Not throttled: nobody guesses 80 bits, and nobody who knows the password can lock the operator out.
        Answer::RecoveryCode(typed) => {
            let Some(code) = RecoveryCode::parse(typed) else { return Ok(Err(Miss::Wrong)) };
            let used = sqlx::query!(
                "DELETE FROM control.operator_recovery_code WHERE operator_id = $1 AND code_hash = $2",
                challenge.operator,
                code.hash()
            )
            .execute(tx)
            .await?;
            Ok(if used.rows_affected() == 1 { Ok(()) } else { Err(Miss::Wrong) })
        }
    }
}

/// Whether the code is right and was not used before; it is then used. Counted first, for the operator alone: who shows the
/// password again and again gets no more guesses by it.
async fn verify(
    tx: &mut PgConnection,
    parts: Parts<'_>,
    operator: Uuid,
    typed: &str,
) -> Result<Result<(), Miss>, TotpFailure> {
    let mut counting = parts.database.control().await?;
    let id = operator.to_string();
    let key = ["operator second factor", id.as_str()];
    let verdict = throttle::count_at_apex(&mut counting, parts.ambient, &key, parts.limits.account).await?;
    counting.commit().await?;
    if let Err(throttled) = verdict {
        return Ok(Err(Miss::Throttled(throttled)));
    }
    let secret = sqlx::query_scalar!("SELECT totp_secret FROM control.operator_account WHERE id = $1", operator)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(sealed) = secret.flatten().map(Sealed::from_bytes) else { return Ok(Err(Miss::Wrong)) };
    let totp = code::open(parts.secrets, &context(operator), &sealed, None)?;
    let Some(step) = matching_step(&totp, parts.ambient, typed) else { return Ok(Err(Miss::Wrong)) };
    // Of two that use one code at the same time, the second waits for the first here, and finds the step used.
    let done = sqlx::query!(
        "UPDATE control.operator_account SET totp_last_step = $2
         WHERE id = $1 AND totp_last_step < $2 AND totp_secret = $3",
        operator,
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(if done.rows_affected() == 1 { Ok(()) } else { Err(Miss::Wrong) })
}

/// The secret that waits for its first code.
async fn pending(tx: &mut PgConnection, ambient: &Ambient, operator: Uuid) -> Result<Option<Sealed>, DbError> {
    let pending = sqlx::query_scalar!(
        "SELECT totp_pending FROM control.operator_account
         WHERE id = $1 AND totp_secret IS NULL AND totp_pending_since > $2",
        operator,
        ambient.now() - PENDING_FOR
    )
    .fetch_optional(tx)
    .await?;
    Ok(pending.flatten().map(Sealed::from_bytes))
}

/// Lets the app count whose code was typed. The comparison keeps out a second page that shows another secret meanwhile.
async fn confirm(
    tx: &mut PgConnection,
    parts: Parts<'_>,
    operator: Uuid,
    sealed: &Sealed,
    typed: &str,
) -> Result<bool, TotpFailure> {
    let totp = code::open(parts.secrets, &context(operator), sealed, None)?;
    let Some(step) = matching_step(&totp, parts.ambient, typed) else { return Ok(false) };
    let done = sqlx::query!(
        "UPDATE control.operator_account
         SET totp_secret = totp_pending, totp_confirmed_at = $2, totp_last_step = $3, totp_pending = NULL,
             totp_pending_since = NULL
         WHERE id = $1 AND totp_pending = $4 AND totp_secret IS NULL",
        operator,
        parts.ambient.now(),
        step,
        sealed.as_bytes()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn renew(tx: &mut PgConnection, ambient: &Ambient, operator: Uuid) -> Result<Vec<RecoveryCode>, DbError> {
    let codes = RecoveryCode::set(ambient);
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::hash).collect();
    sqlx::query!("DELETE FROM control.operator_recovery_code WHERE operator_id = $1", operator)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "INSERT INTO control.operator_recovery_code (operator_id, code_hash, created_at)
         SELECT $1, code_hash, $3 FROM unnest($2::bytea[]) AS new (code_hash)",
        operator,
        &hashes,
        ambient.now()
    )
    .execute(tx)
    .await?;
    Ok(codes)
}

async fn left_of(tx: &mut PgConnection, operator: Uuid) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM control.operator_recovery_code WHERE operator_id = $1"#,
        operator
    )
    .fetch_one(tx)
    .await?)
}
