//! Single sign-on in the sign-in policy: allowed, or required of everybody but one owner.

use leptos::prelude::*;
use rowhouse_platform::{
    db::{DbError, TenantTx},
    identity::{
        account::{self, Owner},
        policy::{LockOut, SignInPolicy},
    },
    sso::connection,
};

use super::fields::Fields;
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors,
        choice::{Checkbox, Choice, SelectField, with_none},
        form::field_error,
    },
};

/// What the form needs to know of single sign-on.
pub(super) struct Sso {
    /// Whether the workspace has any connection: without one, the form does not speak of it.
    pub(super) is_there: bool,
    owners: Vec<Owner>,
}

impl Sso {
    /// As it is now.
    pub(super) async fn load(tx: &mut TenantTx, policy: &SignInPolicy) -> Result<Self, DbError> {
        let is_there = policy.sso_required || !connection::list(tx).await?.is_empty();
        let owners = if is_there { account::owners(tx).await? } else { Vec::new() };
        Ok(Self { is_there, owners })
    }
}

/// The field beside which a policy that locks people out is explained.
pub(super) fn field_of(lock_out: &LockOut) -> &'static str {
    match lock_out {
        LockOut::NoMethod | LockOut::OwnMethod(_) | LockOut::SsoNotAllowed => "methods",
        LockOut::OwnAddress(_) => "networks",
        LockOut::NoConnection | LockOut::OwnSession => "sso_required",
        LockOut::NoBreakGlass | LockOut::BreakGlassNotOwner | LockOut::BreakGlassWithoutWay(_) => "break_glass",
    }
}

pub(super) fn fieldset(context: &RequestContext, sso: &Sso, fields: &Fields, errors: &FieldErrors) -> AnyView {
    if !sso.is_there {
        return ().into_any();
    }
    let owners = sso.owners.iter().map(|owner| {
        let way = if owner.has_password { "" } else { " (no password)" };
        Choice::new(owner.account.to_string(), format!("{}{way}", owner.name))
    });
    let error = errors.of("sso_required");
    let described = error.is_some().then_some("sso_required-error");
    view! {
        <fieldset class="fieldset" id="sso_required" tabindex="-1" aria-describedby=described>
            <legend>"Single sign-on"</legend>
            <Checkbox
                id="require-sso".to_owned()
                name="sso_required"
                value="on".to_owned()
                label="Require single sign-on".to_owned()
                help="People sign in at an identity provider and in no other way. Sessions that began otherwise end with their next request."
                checked=fields.sso_required.is_some()
            />
            {field_error("sso_required", error)}
            <SelectField
                id="break_glass"
                label="Owner who can come in without it"
                options=with_none("Nobody chosen", owners)
                value=&fields.break_glass
                errors=errors
                help="For when the identity provider is away or set up wrongly: this one owner still signs in with a password or a passkey. Keep both safe. They cannot be removed, deactivated or given another role meanwhile."
            />
            <p class="field__help">
                <a href=context.href("/admin/sso")>"Connections to identity providers"</a>
            </p>
        </fieldset>
    }
    .into_any()
}
