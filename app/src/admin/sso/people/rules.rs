//! The ordered list of rules, each with its buttons.

use leptos::prelude::*;

use super::{super::super::members::choice::role_options, view::Shown};
use crate::{
    context::RequestContext,
    ui::{
        choice::{SelectField, with_none},
        form::{TextField, field_error},
    },
};
use rowhouse_platform::sso::rules::{Rule, VALUE_LENGTH};

pub(super) fn section(context: &RequestContext, shown: &Shown) -> AnyView {
    let error = shown.errors.of("rules");
    view! {
        <section class="card stack" id="rules" tabindex="-1" aria-labelledby="rules-title">
            <h2 id="rules-title">"Roles by group"</h2>
            <p>{explanation(shown)}</p>
            <p>
                {attribute(shown)}" "
                <a href=context.href(&format!("/admin/sso/{}", shown.connection.id))>"Change it in the set-up"</a>"."
            </p>
            {field_error("rules", error)}
            {list(context, shown)}
            {add_form(context, shown)}
        </section>
    }
    .into_any()
}

fn role_label(shown: &Shown, rule: &Rule) -> String {
    shown
        .all_roles
        .iter()
        .find(|choice| choice.role == rule.role)
        .map(|choice| choice.label.clone())
        .unwrap_or_default()
}

fn explanation(shown: &Shown) -> String {
    let default = shown.connection.admitting.default_role;
    let default = shown.all_roles.iter().find(|choice| choice.role == default).map_or("", |choice| &choice.label);
    if shown.rules.is_empty() {
        return format!(
            "There are no rules: new people become {default}, and everybody else keeps the role they have."
        );
    }
    if shown.connection.admitting.applies_roles {
        return format!(
            "The first rule that names one of a person’s groups says their role. Everybody else becomes {default}."
        );
    }
    format!(
        "When an account is made, the first rule that names one of the person’s groups says its role; without one it is \
         {default}. Who has an account already keeps their role."
    )
}

fn attribute(shown: &Shown) -> String {
    match shown.connection.protocol.attributes().groups.as_str() {
        "" => "Groups are read from where this protocol usually has them.".to_owned(),
        name => format!("Groups are read from “{name}”."),
    }
}

fn list(context: &RequestContext, shown: &Shown) -> AnyView {
    if shown.rules.is_empty() {
        return ().into_any();
    }
    let last = shown.rules.len() - 1;
    let rows = shown.rules.iter().enumerate().map(|(at, rule)| row(context, shown, rule, at, last)).collect_view();
    view! {
        <table class="data-table role-list">
            <caption class="visually-hidden">"Rules, in the order in which they are tried"</caption>
            <thead>
                <tr>
                    <th scope="col">"No."</th>
                    <th scope="col">"Group"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col" class="is-end"><span class="visually-hidden">"Change"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(context: &RequestContext, shown: &Shown, rule: &Rule, at: usize, last: usize) -> AnyView {
    let button = |intent: &'static str, words: &'static str| {
        view! {
            <form action=shown.action(context) method="post">
                <input type="hidden" name="intent" value=intent />
                <input type="hidden" name="value" value=rule.value.clone() />
                <button class="button button--quiet" type="submit">
                    {words}
                    <span class="visually-hidden">{format!(" “{}”", rule.value)}</span>
                </button>
            </form>
        }
    };
    view! {
        <tr>
            <td class="numeric">{rule.position}</td>
            <th scope="row">{rule.value.clone()}</th>
            <td>{role_label(shown, rule)}</td>
            <td class="is-end role-list__wide">
                <div class="member-row__actions">
                    {(at > 0).then(|| button("up", "Move up"))}
                    {(at < last).then(|| button("down", "Move down"))}
                    {button("remove", "Remove")}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn add_form(context: &RequestContext, shown: &Shown) -> AnyView {
    let options = with_none("Choose a role", role_options(&shown.rule_roles));
    view! {
        <form class="form" action=shown.action(context) method="post">
            <h3>"Add a rule"</h3>
            <input type="hidden" name="intent" value="add" />
            <TextField
                id="value"
                label="Group"
                value=&shown.typed.value
                errors=&shown.errors
                maxlength=VALUE_LENGTH
                help="Exactly as the provider sends it: a test sign-in shows that. Some send names, others ids."
            />
            <SelectField id="role" label="Role" options=options value=&shown.typed.role errors=&shown.errors />
            <div class="button-row"><button class="button" type="submit">"Add rule"</button></div>
        </form>
    }
    .into_any()
}
