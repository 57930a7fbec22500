//! The demonstration operator, who signs in to the console.

use anyhow::Result;
use rowhouse_platform::{
    ambient::Ambient,
    db::OperatorDatabase,
    identity::{EmailAddress, Passwords},
    operator::account::{self, AccountError, NewOperator},
};

use super::seed::PASSWORD;

/// The address of the demonstration operator.
const EMAIL: &str = "operator@rowhouse.test";

/// Adds the operator, if there is none of this address. The first sign-in sets up an authenticator app, as for all.
///
/// # Errors
/// What the database said.
pub async fn seed(operators: &OperatorDatabase, ambient: &Ambient) -> Result<()> {
    if account::demo(operators).await?.iter().any(|email| email == EMAIL) {
        return Ok(());
    }
    let new = NewOperator {
        email: EmailAddress::parse(EMAIL)?,
        name: "Otto Operator".to_owned(),
        password_hash: Passwords::new(ambient, 1)?.hash(ambient, PASSWORD.to_owned()).await?,
        is_demo: true,
    };
    match account::create(operators, ambient, &new).await {
        Ok(_) => println!("The operator {EMAIL} is there."),
        // Somebody made it meanwhile, or it is there and is no demonstration: its password is nobody's but its own.
        Err(AccountError::Taken(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
