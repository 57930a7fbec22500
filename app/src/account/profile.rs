//! `GET /account/profile` and `POST /account/profile`: what a person says about themselves.

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use rowhouse_platform::{
    access::{OwnWorkspace, Principal, SignedIn},
    identity::profile::{
        self, AvatarChange, AvatarPicture, Choices, NAME_LENGTH, NEW_DEVICE, Notification, Profile, ProfileChange,
    },
    picture,
    sso::people::{self, Linked},
    time_zone::TimeZone,
};

use super::profile_form::form;
use crate::{
    access::Allowed,
    context::{Context, RequestContext},
    error::PageError,
    routes::see_other_with,
    ui::{
        FieldErrors, FormParts, Head,
        flash::Flash,
        form::summary,
        frame::{Section, frame},
        locale::Locale,
        page,
    },
};

/// All mail that people have a say in. A part of the product adds its own here, and asks [`profile::wants`] before it
/// sends one.
pub(super) const NOTIFICATIONS: &[&Notification] = &[&NEW_DEVICE];

/// What was typed and chosen.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) locale: String,
    pub(super) time_zone: String,
    pub(super) notifications: Vec<String>,
    avatar: Option<Vec<u8>>,
    removes_avatar: bool,
}

impl Fields {
    fn of(profile: Profile) -> Self {
        let is_wanted =
            |mail: &&&Notification| profile.notifications.get(mail.name).copied().unwrap_or(mail.by_default);
        Self {
            notifications: NOTIFICATIONS.iter().filter(is_wanted).map(|mail| mail.name.to_owned()).collect(),
            name: profile.name,
            locale: profile.locale.unwrap_or_default(),
            time_zone: profile.time_zone.unwrap_or_default(),
            avatar: None,
            removes_avatar: false,
        }
    }

    async fn check(
        &mut self,
        person: &Principal,
        errors: &mut FieldErrors,
    ) -> Result<Option<ProfileChange>, PageError> {
        let name = errors.required_line("name", "The name", &self.name, NAME_LENGTH);
        let locale = match self.locale.as_str() {
            "" => None,
            tag => errors.take("locale", Locale::parse(tag).ok_or("Choose one of the list.")),
        };
        let time_zone = match self.time_zone.as_str() {
            "" => None,
            name => errors
                .take("time_zone", TimeZone::parse(name).map(|_| name.to_owned()).ok_or("Choose one of the list.")),
        };
        let avatar = match self.avatar.take() {
            _ if self.removes_avatar => AvatarChange::Remove,
            None => AvatarChange::Keep,
            Some(bytes) => {
                let drawn = picture::apart(move || AvatarPicture::from_upload(&bytes)).await;
                let drawn = errors.take("avatar", drawn.map_err(PageError::internal)?);
                drawn.map_or(AvatarChange::Keep, |avatar| AvatarChange::Replace(Box::new(avatar)))
            }
        };
        // What cannot be chosen is not kept as a choice.
        let notifications: Choices = NOTIFICATIONS
            .iter()
            .filter(|mail| !is_fixed(mail, person))
            .map(|mail| (mail.name.to_owned(), self.notifications.iter().any(|name| name == mail.name)))
            .collect();
        Ok(errors.is_empty().then(|| ProfileChange {
            name,
            locale: locale.map(|locale| locale.tag().to_owned()),
            time_zone,
            avatar,
            notifications,
        }))
    }
}

/// Whether a person gets this mail whatever they choose.
pub(super) fn is_fixed(mail: &Notification, person: &Principal) -> bool {
    mail.owners_always && person.may::<OwnWorkspace>()
}

pub(super) async fn show(context: Context, Allowed(mut permit): Allowed<SignedIn>) -> Result<Response, PageError> {
    let fields = Fields::of(profile::own(&mut permit).await?);
    let account = permit.principal().account;
    let linked = people::of_account(&mut permit, account).await?;
    let person = permit.commit().await?;
    Ok(render(&context, &person, &linked, &fields, &FieldErrors::default()))
}

pub(super) async fn submit(
    context: Context,
    Allowed(mut permit): Allowed<SignedIn>,
    mut fields: Fields,
) -> Result<Response, PageError> {
    let mut errors = FieldErrors::default();
    let Some(change) = fields.check(permit.principal(), &mut errors).await? else {
        let account = permit.principal().account;
        let linked = people::of_account(&mut permit, account).await?;
        let person = permit.commit().await?;
        return Ok(render(&context, &person, &linked, &fields, &errors));
    };
    profile::save(&mut permit, &context.scribe(), change).await?;
    permit.commit().await?;
    Ok(see_other_with(&context.href("/account/profile"), Flash::ProfileSaved))
}

/// The identity providers that made the account, or are connected with it.
fn sso(context: &RequestContext, linked: &[Linked]) -> AnyView {
    if linked.is_empty() {
        return ().into_any();
    }
    let words = linked.iter().map(|linked| {
        let how = if linked.made_account { "made by" } else { "connected with" };
        format!("{how} {}", linked.name)
    });
    let words = words.collect::<Vec<_>>().join(", ");
    view! {
        <p class="muted">
            {format!("Your account is {words}. ")}
            <a href=context.href("/account/security#sso")>"Single sign-on"</a>
        </p>
    }
    .into_any()
}

fn render(
    context: &RequestContext,
    person: &Principal,
    linked: &[Linked],
    fields: &Fields,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(context, Head::new("Profile").with_status(status), || {
        let content = view! {
            <div class="page__head">
                <h1 class="page__title">"Profile"</h1>
                <p class="page__lead">"How others in this workspace see you, and how it writes to you."</p>
            </div>
            <div class="stack">{summary(errors)} {sso(context, linked)} {form(context, person, fields, errors)}</div>
        };
        frame(context, person, Section::Profile, true, content)
    })
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let mut form = FormParts::from_request(request, state).await?;
        let mut fields = Self::default();
        while let Some(part) = form.next().await? {
            match part.name() {
                "avatar" => fields.avatar = part.upload().await?,
                "name" => fields.name = part.text().await?,
                "locale" => fields.locale = part.text().await?,
                "time_zone" => fields.time_zone = part.text().await?,
                "notifications" => fields.notifications.push(part.text().await?),
                "intent" => fields.removes_avatar = part.text().await? == "remove-avatar",
                _ => {}
            }
        }
        Ok(fields)
    }
}
