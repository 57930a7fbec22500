//! The form of the sign-in policy.

use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use rowhouse_platform::access::Principal;

use super::{
    fields::{Fields, GRACE_DAYS, PASSWORD_LENGTH, limits},
    sso::{self, Sso},
};
use crate::{
    context::RequestContext,
    ui::{
        FieldErrors, Head,
        choice::{Checkbox, Choice, NumberField, SelectField},
        form::{TextArea, field_error, summary},
        frame::{Section, frame},
        page,
    },
};

/// What zxcvbn's scores mean, in words.
const SCORES: [(&str, &str); 5] = [
    ("0", "Any"),
    ("1", "Not guessed within hours"),
    ("2", "Not guessed within days"),
    ("3", "Strong: not guessed within years"),
    ("4", "Very strong"),
];

pub(super) fn render(
    context: &RequestContext,
    person: &Principal,
    sso: &Sso,
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Sign-in policy").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Sign-in policy"</h1>
                <p class="page__lead">
                    "How people of this workspace sign in, from where, and for how long. A change holds from each person's next request on."
                </p>
            </div>
            <div class="stack">
                {summary(errors)}
                <form class="form" action=context.href("/admin/security") method="post">
                    {ways(sso, fields, errors)}
                    {sso::fieldset(context, sso, fields, errors)}
                    {second_factor(fields, errors)}
                    {passwords(fields, errors)}
                    {sessions(context, fields, errors)}
                    {places(context, fields, errors)}
                    <div class="button-row">
                        <button class="button button--primary" type="submit">"Save policy"</button>
                    </div>
                </form>
            </div>
        };
        frame(context, person, Section::Security, true, content)
    })
}

fn ways(sso: &Sso, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let error = errors.of("methods");
    let described = error.is_some().then_some("methods-error");
    let boxes = [
        ("password", "Password", "", &fields.password),
        ("magic_link", "Link by email", "A link that signs in once, sent to the person's address.", &fields.magic_link),
        (
            "passkey",
            "Passkey",
            "A key on the person's phone, computer or security key. It counts as both factors.",
            &fields.passkey,
        ),
        ("sso", "Single sign-on", "At the workspace's own identity provider.", &fields.sso),
    ]
    .into_iter()
    .filter(|(name, ..)| sso.is_there || *name != "sso")
    .map(|(name, label, help, ticked)| {
        view! {
            <Checkbox
                id=format!("method-{name}")
                name=name
                value="on".to_owned()
                label=label.to_owned()
                help=help
                checked=ticked.is_some()
            />
        }
    });
    view! {
        <fieldset class="fieldset" id="methods" tabindex="-1" aria-describedby=described>
            <legend>"Ways of signing in"</legend>
            {boxes.collect_view()}
            {field_error("methods", error)}
        </fieldset>
    }
    .into_any()
}

fn second_factor(fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <fieldset class="fieldset">
            <legend>"Second factor"</legend>
            <Checkbox
                id="mfa".to_owned()
                name="mfa"
                value="on".to_owned()
                label="Everybody needs a second factor".to_owned()
                help="An authenticator app or a passkey. Who has none is asked to set one up."
                checked=fields.mfa.is_some()
            />
            <NumberField
                id="mfa_grace_days"
                label="Days to set one up"
                value=&fields.mfa_grace_days
                errors=errors
                min=GRACE_DAYS.0
                max=GRACE_DAYS.1
                help="Counted from when this is switched on, and for newcomers from when they joined. After that, nothing else opens before it is done.".to_owned()
            />
        </fieldset>
    }
    .into_any()
}

fn passwords(fields: &Fields, errors: &FieldErrors) -> AnyView {
    view! {
        <fieldset class="fieldset">
            <legend>"Passwords"</legend>
            <div class="field-pair">
                <NumberField
                    id="password_min_length"
                    label="Least length"
                    value=&fields.password_min_length
                    errors=errors
                    min=PASSWORD_LENGTH.0
                    max=PASSWORD_LENGTH.1
                    help="In characters.".to_owned()
                />
                <SelectField
                    id="password_min_score"
                    label="Strength"
                    options=SCORES.map(|(score, words)| Choice::new(score, words)).to_vec()
                    value=&fields.password_min_score
                    errors=errors
                />
            </div>
            <p class="field__help">"Checked when a password is chosen. Passwords that people have already stay."</p>
        </fieldset>
    }
    .into_any()
}

fn sessions(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let (idle, lifetime) = limits(context.services.session_policy);
    view! {
        <fieldset class="fieldset">
            <legend>"Sessions"</legend>
            <div class="field-pair">
                <NumberField
                    id="idle_minutes"
                    label="Minutes without activity"
                    value=&fields.idle_minutes
                    errors=errors
                    min=5
                    max=idle
                    help=format!("People are signed out after that. Left empty: {idle}.")
                    optional=true
                />
                <NumberField
                    id="lifetime_hours"
                    label="Hours in all"
                    value=&fields.lifetime_hours
                    errors=errors
                    min=1
                    max=lifetime
                    help=format!("People sign in again after that in any case. Left empty: {lifetime}.")
                    optional=true
                />
            </div>
        </fieldset>
    }
    .into_any()
}

fn places(context: &RequestContext, fields: &Fields, errors: &FieldErrors) -> AnyView {
    let optional = || view! { " " <span class="field__optional">"(optional)"</span> };
    let networks = view! { <label class="field__label" for="networks">"Networks" {optional()}</label> };
    let domains = view! { <label class="field__label" for="invitation_domains">"Domains that may be invited" {optional()}</label> };
    view! {
        <fieldset class="fieldset">
            <legend>"Where from, and who"</legend>
            <TextArea
                id="networks"
                label=networks.into_any()
                value=&fields.networks
                errors=errors
                rows=4
                maxlength=6000
                help="One a line, as 192.0.2.0/24 or 2001:db8::/32. Left empty, people sign in from anywhere."
                optional=true
            />
            <p class="field__help">{format!("You are at {} now.", context.device.address)}</p>
            <TextArea
                id="invitation_domains"
                label=domains.into_any()
                value=&fields.invitation_domains
                errors=errors
                rows=3
                maxlength=6000
                help="One a line, as example.com. Left empty, any address may be invited."
                optional=true
            />
        </fieldset>
    }
    .into_any()
}
