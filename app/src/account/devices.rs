//! `GET /account/devices` and `POST` to it: where a person is signed in, and signing out there.

use axum::response::Response;
use leptos::prelude::*;
use rowhouse_platform::{
    access::{Principal, SignedIn},
    id::SessionId,
    identity::{
        devices::{self, SignedInDevice},
        policy::Method,
    },
};
use serde::Deserialize;

use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::{Gate, SiteRoutes, see_other, see_other_with, set_cookie},
    ui::{
        FormBody, Head, Icon,
        flash::Flash,
        frame::{Section, frame},
        page,
        time::Ago,
    },
};

const HERE: &str = "/account/devices";

/// Adds the pages to a tenant's site.
pub(super) fn routes(site: SiteRoutes) -> SiteRoutes {
    let own = Gate::of::<SignedIn>();
    site.get(HERE, own, show).post(HERE, own, submit)
}

/// One button ends a session, another all but this one.
#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    intent: String,
    #[serde(default)]
    session: String,
}

/// The way to the list, as a section of the page about keys.
pub(super) fn section(context: &RequestContext) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby="devices-title">
            <h2 id="devices-title">"Devices"</h2>
            <p>"See where you are signed in, and sign out there."</p>
            <div class="button-row"><a class="button" href=context.href(HERE)>"See your devices"</a></div>
        </section>
    }
    .into_any()
}

async fn show(context: Context, Allowed(mut permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let (scribe, policy) = (context.scribe(), context.services.session_policy);
    let (person, tx) = permit.parts();
    let devices = devices::list(tx, &scribe, policy, person).await?;
    let person = permit.commit().await?;
    Ok(render(&context, &person, devices))
}

async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<SignedIn>,
    FormBody(change): FormBody<Change>,
) -> Result<Response, PageError> {
    let scribe = context.scribe();
    let (person, tx) = permit.parts();
    match change.intent.as_str() {
        "end" => {
            // An id that is none answers as a session that does not exist; so does one of somebody else.
            let id: SessionId = change.session.parse().map_err(|_| PageError::NotFound)?;
            let is_this = Some(id) == person.session_id();
            if !devices::end(tx, &scribe, person, id).await? {
                return Err(PageError::NotFound);
            }
            permit.commit().await?;
            if is_this {
                let mut response = see_other_with(&context.href("/sign-in"), Flash::SignedOut);
                set_cookie(&mut response, &context.session_cookie(), "", Some(0));
                return Ok(response);
            }
            Ok(see_other_with(&context.href(HERE), Flash::DeviceSignedOut))
        }
        "end-others" => {
            devices::end_others(tx, &scribe, person, &context.device.token).await?;
            permit.commit().await?;
            Ok(see_other_with(&context.href(HERE), Flash::OtherDevicesSignedOut))
        }
        _ => Ok(see_other(&context.href(HERE))),
    }
}

fn render(context: &RequestContext, person: &Principal, devices: Vec<SignedInDevice>) -> Response {
    page(context, Head::new("Devices"), || {
        let has_others = devices.len() > 1;
        let rows = devices.iter().map(|device| row(context, person, device)).collect_view();
        let others = has_others.then(|| {
            view! {
                <form action=context.href(HERE) method="post">
                    <input type="hidden" name="intent" value="end-others" />
                    <button class="button" type="submit">
                        <Icon name="log-out" />
                        "Sign out everywhere else"
                    </button>
                </form>
            }
        });
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Devices"</h1>
                <p class="page__lead">"Where you are signed in. If you do not know one, sign it out and change your password."</p>
            </div>
            <div class="stack">
                <div class="card"><ul class="device-list">{rows}</ul></div>
                {others}
            </div>
        };
        frame(context, person, Section::Account, true, content)
    })
}

fn row(context: &RequestContext, person: &Principal, device: &SignedInDevice) -> AnyView {
    let now = context.services.ambient.now();
    let is_this = Some(device.session) == person.session_id();
    let how = match device.method {
        Some(Method::Password) => "with a password",
        Some(Method::MagicLink) => "with a link by mail",
        Some(Method::Passkey) => "with a passkey",
        Some(Method::Sso) => "at your identity provider",
        None => "in another way",
    };
    let action = if is_this {
        view! { <p class="device-list__here">"This device"</p> }.into_any()
    } else {
        view! {
            <form action=context.href(HERE) method="post">
                <input type="hidden" name="intent" value="end" />
                <input type="hidden" name="session" value=device.session.to_string() />
                <button class="button button--quiet" type="submit">
                    "Sign out there"
                    <span class="visually-hidden">{format!(": {}, {}", device.name, device.address)}</span>
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <li class="device-list__row">
            <Icon name="monitor" />
            <div class="device-list__what">
                <h2 class="device-list__name">{device.name.clone()}</h2>
                <p class="device-list__meta">
                    <span>{device.address.clone()}</span>
                    <span>{format!("Signed in {how} ")} <Ago at=device.signed_in_at now=now /></span>
                    <span>"Last seen " <Ago at=device.last_seen_at now=now /></span>
                </p>
            </div>
            {action}
        </li>
    }
    .into_any()
}
