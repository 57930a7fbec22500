//! What cannot be taken back, or not easily: a warning, and a form that asks for the name of what goes.

use leptos::prelude::*;

use super::{FieldErrors, Icon, form::TextField};
use crate::context::RequestContext;

/// What it means, before it is done.
#[component]
pub fn Warning(
    /// The one thing to know.
    title: &'static str,
    /// What happens.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div class="notice notice--warning">
            <Icon name="triangle-alert" />
            <p class="notice__title">{title}</p>
            <p>{text}</p>
        </div>
    }
}

/// The form: what is chosen beside it, the name once more, the button that does it, and the way back.
#[component]
pub fn TypedConfirmation<'a>(
    /// The request that shows it.
    context: &'a RequestContext,
    /// Where it is sent.
    action: &'a str,
    /// What else is sent, above the name.
    #[prop(optional)]
    fields: Option<AnyView>,
    /// What to type, in a sentence that the name ends. Not where the page's title says it.
    #[prop(optional)]
    ask: Option<(&'static str, String)>,
    /// Id and name of the field.
    id: &'static str,
    /// What the field asks for.
    label: &'static str,
    /// The kind of input.
    #[prop(default = "text")]
    kind: &'static str,
    /// A sentence that helps.
    #[prop(default = "")]
    help: &'static str,
    /// The most characters.
    maxlength: usize,
    /// What was typed.
    value: &'a str,
    /// The form's messages.
    errors: &'a FieldErrors,
    /// What the button does.
    #[prop(into)]
    button: String,
    /// What leads away, and where.
    cancel: (&'static str, &'a str),
) -> impl IntoView {
    let (keep, home) = cancel;
    view! {
        <form class="form" action=context.href(action) method="post">
            {fields}
            {ask.map(|(ask, name)| view! { <p>{format!("{ask} ")} <strong>{name}</strong></p> })}
            <TextField id=id label=label kind=kind value=value errors=errors help=help maxlength=maxlength />
            <div class="button-row">
                <button class="button button--danger" type="submit">{button}</button>
                <a class="button" href=context.href(home)>{keep}</a>
            </div>
        </form>
    }
}
