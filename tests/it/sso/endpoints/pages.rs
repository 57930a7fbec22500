//! The sign-in page with connections on it.

use super::*;

#[tokio::test]
async fn the_sign_in_page_has_a_button_for_each_connection_that_is_on() {
    let (world, _) = World::saml(|_| {}).await;
    let start = format!("/sso/{}/start", world.connection);
    let page = world.get("/sign-in?next=/tickets?q=a%26b", "").await.body;
    assert!(
        page.contains(&format!("{start}?next=%2Ftickets%3Fq%3Da%26amp%3Bb"))
            || page.contains(&format!("{start}?next=%2Ftickets%3Fq%3Da%26b")),
        "{page}"
    );
    assert!(page.contains("Sign in with adfs login") && page.contains(r#"name="sso_email""#), "{page}");
    assert!(page.contains(r#"name="password""#));
    for change in ["show_button = false", "show_button = true, state = 'off'"] {
        let sql = format!("UPDATE pooled.sso_connection SET {change}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut world.app.db.admin().await).await.unwrap();
        let page = world.get("/sign-in", "").await.body;
        assert!(!page.contains("Sign in with adfs login"), "{change}");
        assert_eq!(page.contains(r#"name="sso_email""#), !change.contains("off"), "{change}");
    }
    let other = world.app.tenant("globex").await;
    let page = world.app.get(&other.host, "/sign-in").send().await.body;
    assert!(!page.contains("sso"), "{page}");
}

/// The ids of the fields in which the cursor starts.
fn focused(answer: &Answer) -> Vec<&str> {
    let fields = answer.body.split("<input ").skip(1).filter_map(|rest| rest.split_once('>')).map(|(field, _)| field);
    let focused = fields.filter(|field| field.contains(" autofocus"));
    focused.map(|field| field.split_once("id=\"").unwrap().1.split_once('"').unwrap().0).collect()
}

#[tokio::test]
async fn the_cursor_passes_no_connection_by_and_starts_where_something_is_wrong() {
    let (world, _) = World::saml(|_| {}).await;
    let page = world.get("/sign-in", "").await;
    assert!(focused(&page).is_empty(), "{}", page.body);
    let or = page.body.find(r#"class="or""#).unwrap();
    let between = page.body.find(r#"name="sso_email""#).unwrap()..page.body.find(r#"name="password""#).unwrap();
    assert!(between.contains(&or), "{}", page.body);
    for (path, form, field) in [
        ("/sign-in/sso", &[("sso_email", "ada")][..], "sso_email"),
        ("/sign-in/sso", &[("sso_email", "ada@other.test")], "sso_email"),
        ("/sign-in", &[("email", ""), ("password", "")], "email"),
        ("/sign-in", &[("email", "member@acme.test"), ("password", "")], "password"),
        ("/sign-in", &[("email", "member@acme.test"), ("password", "wrong")], "password"),
    ] {
        let page = world.app.post(&world.tenant.host, path).form(form).send().await;
        assert_eq!(focused(&page), [field], "{form:?}: {}", page.body);
    }
    let other = world.app.tenant("globex").await;
    let page = world.app.get(&other.host, "/sign-in").send().await;
    assert_eq!(focused(&page), ["email"]);
    assert!(!page.body.contains(r#"class="or""#), "{}", page.body);
}

#[tokio::test]
async fn an_address_says_where_its_person_signs_in() {
    let (world, _) = World::saml(|_| {}).await;
    let ask = |email: &'static str| {
        world
            .app
            .post(&world.tenant.host, "/sign-in/sso")
            .form(&[("sso_email", email), ("next", "/account/profile")])
            .send()
    };
    let answer = ask("Ada@ACME.test").await;
    assert_eq!(answer.status, StatusCode::OK);
    let start = format!("/sso/{}/start?next=%2Faccount%2Fprofile&amp;login_hint=Ada%40", world.connection);
    assert!(answer.body.contains(&format!(r#"<meta http-equiv="refresh" content="0;url={start}"#)), "{}", answer.body);
    assert!(answer.body.contains("Continue to adfs login"));
    for (email, message) in
        [("ada@other.test", "Nobody signs in with an address of other.test"), ("ada", "sso_email-error")]
    {
        let answer = ask(email).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains(message) && answer.body.contains(&format!(r#"value="{email}""#)),
            "{}",
            answer.body
        );
    }
    let second =
        connect(&world.app, &world.tenant, "second", Protocol::Saml(saml_settings(&SamlProvider::new()))).await;
    let answer = ask("ada@acme.test").await;
    assert!(answer.body.contains("Where do you sign in?"), "{}", answer.body);
    assert!(answer.body.contains(&second.to_string()) && answer.body.contains(&world.connection.to_string()));
}

#[tokio::test]
async fn a_hint_leads_to_its_connection() {
    let (world, _) = World::saml(|_| {}).await;
    let answer = world.get("/sign-in?idp_hint=adfs&next=/tickets&login_hint=a@acme.test", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let path = format!("/sso/{}/start?next=%2Ftickets&login_hint=a%40acme.test", world.connection);
    assert_eq!(answer.location(), path);
    for hint in ["other", "", "adfs'--"] {
        assert_eq!(world.get(&format!("/sign-in?idp_hint={hint}"), "").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn where_it_is_required_the_page_shows_nothing_else_but_a_small_link() {
    let (world, _) = World::saml(|_| {}).await;
    sqlx::query(
        "INSERT INTO pooled.sign_in_policy (tenant_id, methods, mfa_grace_days, password_min_length, password_min_score,
             allowed_networks, invitation_domains, updated_at, sso_required, break_glass_account_id)
         VALUES ($1, '{password,passkey,sso}', 7, 10, 2, '{}', '{}', now(), true, $2)",
    )
    .bind(world.tenant.home.id().0)
    .bind(world.tenant.owner.0)
    .execute(&mut world.app.db.admin().await)
    .await
    .unwrap();
    // A deep link leads to the page, not straight on: a provider that leads back would make a circle.
    let page = world.get("/sign-in?next=/tickets", "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("Sign in with adfs login") && !page.body.contains(r#"name="password""#),
        "{}",
        page.body
    );
    assert!(page.body.contains("/sign-in?way=password&amp;next=%2Ftickets"), "{}", page.body);
    let page = world.get("/sign-in?way=password&next=/tickets", "").await.body;
    assert!(page.contains(r#"name="password""#) && !page.contains("Sign in with adfs login"), "{page}");
    let sign_in = |email: &'static str| {
        let form = [("email", email), ("password", crate::app::PASSWORD)];
        world.app.post(&world.tenant.host, "/sign-in").form(&form).send()
    };
    let answer = sign_in("member@acme.test").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert!(world.is_in(&session(&sign_in("owner@acme.test").await)).await);
}
