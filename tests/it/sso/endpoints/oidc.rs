//! Whole sign-ins at an `OpenID` provider.

use serde_json::json;

use super::*;

#[tokio::test]
async fn somebody_signs_in_and_gets_where_they_wanted() {
    let (world, provider) = World::oidc().await;
    let answer = world.get(&world.path("start?next=/tickets?status=open&login_hint=jane@acme.test"), "").await;
    let cookie = set_cookie(&answer, "__Host-sso");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=None", "; Max-Age=900"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert!(answer.location().starts_with(&format!("{}/authorize?", provider.issuer)), "{}", answer.location());
    let back = provider.sign_in(answer.location()).unwrap();
    assert!(back.starts_with(&format!("{}/callback?", world.base())), "{back}");

    let browser = answer.cookie("__Host-sso").unwrap();
    let answer = world.back(&back, &browser).await;
    let session = session(&answer);
    assert_eq!(answer.location(), "/tickets?status=open");
    assert!(set_cookie(&answer, "__Host-session").contains("SameSite=Lax"));
    assert!(world.is_in(&session).await);
    assert_eq!(world.audited("sign_in.succeeded").await, 1);
    let traces = world.traces().await;
    assert_eq!((traces.len(), traces[0].reason, traces[0].email.as_str()), (1, None, "jane@acme.test"));
    assert!(traces[0].report.steps.iter().all(|step| step.passed), "{:#?}", traces[0].report.steps);

    // The same device comes again: it is not told of as a new one.
    let sent = world.leave("", &answer.cookie("__Host-device").unwrap()).await;
    world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    let told = world.count("SELECT count(*) FROM pooled.known_device WHERE tenant_id = $1").await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn an_answer_is_good_once_and_in_the_browser_where_it_began() {
    let (world, provider) = World::oidc().await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    let other = world.leave("", "").await;
    for cookies in ["", other.cookie.as_str()] {
        let sent = world.leave("", "").await;
        let answer = world.back(&provider.sign_in(&sent.to).unwrap(), cookies).await;
        assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
        // It was taken all the same: whoever saw it has nothing.
        let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
        assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    }
    let session = session(&world.back(&back, &sent.cookie).await);
    assert!(world.is_in(&session).await);
    let answer = world.back(&back, &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Begin the sign-in again");
    assert_eq!(
        world.refusals().await,
        ["unknown_state", "unknown_state", "other_browser", "unknown_state", "other_browser"]
    );
    assert_eq!((world.sessions().await, world.audited("sign_in.refused").await), (1, 5));
}

#[tokio::test]
async fn of_several_that_come_at_once_one_gets_in() {
    let (world, provider) = World::oidc().await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    let all = futures_util::future::join_all((0..8).map(|_| world.back(&back, &sent.cookie))).await;
    let statuses: Vec<_> = all.iter().map(|answer| answer.status).collect();
    let entered = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::FORBIDDEN).count();
    assert_eq!((entered, refused, world.sessions().await), (1, 7, 1));
}

#[tokio::test]
async fn what_the_provider_gets_wrong_is_told_plainly() {
    let (world, provider) = World::oidc().await;
    let sent = world.leave("", "").await;
    provider.set(|it| it.claims = json!({ "nonce": "another" }));
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "The sign-in could not be checked");
    let trace = &world.traces().await[0];
    assert!(answer.body.contains(&trace.id.to_string()));
    assert!(answer.body.contains(&format!("/sso/{}/start?next=%2Ftickets", world.connection)));

    let sent = world.leave("", "").await;
    let state = crate::sso::provider::reply::form(sent.to.split_once('?').unwrap().1)["state"].clone();
    let denied = format!("{}/callback?state={state}&error=access_denied&error_description=%3Cscript%3E", world.base());
    let answer = world.back(&denied, &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "You were not signed in");
    assert!(!answer.body.contains("access_denied"));

    for query in ["", "?code=x", "?state=x&state=y&code=z", "?state=%00&code=z", "?%ff=%ff"] {
        let answer = world.get(&world.path(&format!("callback{query}")), "").await;
        assert!(answer.status.is_client_error(), "{query}: {}", answer.status);
    }
    let answer = world.get(&world.path("callback?state=a&state=b&code=c"), "").await;
    assert_plain(&answer, StatusCode::BAD_REQUEST, "The answer cannot be read");

    // A provider that is away.
    provider
        .set(|it| it.token = crate::sso::provider::Reply::Text { status: 500, kind: "text/html", body: "oops".into() });
    let sent = world.leave("", "").await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert!(matches!(answer.status.as_u16(), 403 | 502), "{}: {}", answer.status, answer.body);
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn a_test_lets_nobody_in_and_shows_what_was_checked() {
    let (world, provider) = World::oidc().await;
    let signed_out = world.get(&world.path("start?purpose=test"), "").await;
    assert!(signed_out.location().starts_with("/sign-in?next="), "{}", signed_out.location());
    let agent = world.get(&world.path("start?purpose=test"), &world.tenant.member_cookie).await;
    assert_eq!(agent.status, StatusCode::FORBIDDEN);
    let by_link = world.get(&world.path("start?purpose=test&setup_link=0123"), &world.tenant.owner_cookie).await;
    assert_eq!(by_link.status, StatusCode::NOT_FOUND);

    world.app.clock.advance(time::Duration::minutes(1));
    let owner = world.tenant.owner_cookie.clone();
    let sent = world.leave("?purpose=test", &owner).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    let trace = &world.traces().await[0];
    assert_eq!(answer.location(), format!("/admin/sso/{}/traces/{}", world.connection, trace.id));
    assert!(answer.cookie("__Host-session").is_none());
    assert_eq!(trace.reason, None);
    let jane = world.count("SELECT count(*) FROM pooled.account WHERE tenant_id = $1 AND email LIKE 'jane@%'").await;
    assert_eq!((jane, world.sessions().await, world.audited("sso_connection.tested").await), (0, 0, 1));
    assert_eq!(world.get(answer.location(), &owner).await.status, StatusCode::OK);

    // One that fails leads there too.
    provider.set(|it| it.claims = json!({ "aud": "another" }));
    let sent = world.leave("?purpose=test", &owner).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_eq!(world.traces().await[0].reason.unwrap().as_str(), "audience");
    assert!(answer.location().starts_with(&format!("/admin/sso/{}/traces/", world.connection)));
}

#[tokio::test]
async fn a_test_by_a_setup_link_shows_nothing_of_people_here() {
    let (world, provider) = World::oidc().await;
    let link = format!("/admin/sso/{}/links/new", world.connection);
    let ask = world.app.post(&world.tenant.host, &link).cookie(&world.tenant.owner_cookie);
    let made = ask.form(&[("recipient", "Ina of IT"), ("days", "1")]).send().await;
    let (_, rest) = made.body.split_once("/sso-setup/").unwrap();
    let token = &rest[..64];
    provider.set(|it| it.claims = json!({ "email": "owner@acme.test" }));
    let sent = world.leave(&format!("?purpose=test&setup_link={token}"), "").await;
    world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    let trace = &world.traces().await[0];
    assert_eq!(trace.reason, None);
    let page = world.get(&format!("/sso-setup/{token}/traces/{}", trace.id), "").await;
    assert!(page.body.contains("The test passed") && page.body.contains("owner@acme.test"), "{}", page.body);
    assert!(!page.body.contains("Olga") && !page.body.contains("is an owner"), "{}", page.body);
}

#[tokio::test]
async fn a_set_up_link_is_good_for_tests_of_its_connection() {
    let (world, provider) = World::oidc().await;
    let other = connect(&world.app, &world.tenant, "second", Protocol::Oidc(oidc_settings(&provider))).await;
    let link = format!("/admin/sso/{}/links/new", world.connection);
    let ask = world.app.post(&world.tenant.host, &link).cookie(&world.tenant.owner_cookie);
    let made = ask.form(&[("recipient", "Ina of IT"), ("days", "1")]).send().await;
    let (_, rest) = made.body.split_once("/sso-setup/").unwrap();
    let token = &rest[..64];
    let elsewhere = world.get(&format!("/sso/{other}/start?purpose=test&setup_link={token}"), "").await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let sent = world.leave(&format!("?purpose=test&setup_link={token}"), "").await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    let trace = &world.traces().await[0];
    assert_eq!(answer.location(), format!("/sso-setup/traces/{}", trace.id), "{}", answer.body);
    assert_eq!((trace.reason, world.sessions().await), (None, 0));
}

#[tokio::test]
async fn sign_ins_are_counted_by_connection_and_reason() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let counted = recorder.handle();
    // What the test asks for is answered on its own thread.
    let _counting = metrics::set_default_local_recorder(&recorder);
    let (world, provider) = World::oidc().await;
    let sent = world.leave("", "").await;
    let back = provider.sign_in(&sent.to).unwrap();
    for _ in 0..2 {
        world.back(&back, &sent.cookie).await;
    }
    let text = counted.render();
    for (outcome, reason) in [("passed", ""), ("refused", "unknown_state")] {
        let line = format!(
            "rowhouse_sso_sign_ins_total{{tenant=\"{}\",connection=\"{}\",protocol=\"oidc\",purpose=\"sign_in\",\
             outcome=\"{outcome}\",reason=\"{reason}\"}} 1",
            world.tenant.home.id(),
            world.connection
        );
        assert!(text.contains(&line), "{line}\n{text}");
    }
    assert!(text.contains("rowhouse_sso_duration_seconds"), "{text}");
}

#[tokio::test]
async fn a_test_works_while_the_connection_is_off_and_nothing_else_does() {
    let (world, provider) = World::oidc().await;
    sqlx::query("UPDATE pooled.sso_connection SET state = 'off'")
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    let answer = world.get(&world.path("start"), "").await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "This way in is closed");
    let sent = world.leave("?purpose=test", &world.tenant.owner_cookie).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert!(answer.location().contains("/traces/"), "{}", answer.body);

    // Switched off while somebody was on the way.
    sqlx::query("UPDATE pooled.sso_connection SET state = 'on'")
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    let sent = world.leave("", "").await;
    sqlx::query("UPDATE pooled.sso_connection SET state = 'off'")
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "This way in is closed");
}

#[tokio::test]
async fn who_came_as_the_wrong_person_can_come_as_another() {
    let (world, provider) = World::oidc().await;
    let jane = provider.person();
    provider.set(|it| it.person = json!({ "sub": "at-home", "email": "jane@private.test", "email_verified": true }));
    let sent = world.leave("?next=/tickets?status=open", "").await;
    assert!(!sent.to.contains("prompt=") && !sent.to.contains("max_age="), "{}", sent.to);
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "Your address is of another company");
    let again = format!("/sso/{}/start?next=%2Ftickets%3Fstatus%3Dopen&amp;again=1", world.connection);
    assert!(answer.body.contains(&again) && answer.body.contains("Sign in there as somebody else"), "{}", answer.body);

    // The session there would answer at once. When credentials were shown is no wall of a sign-in, asked for or not.
    let long_ago = (world.app.services.ambient.now() - time::Duration::hours(1)).unix_timestamp();
    provider.set(|it| {
        it.person = jane;
        it.claims = json!({ "auth_time": long_ago });
    });
    let sent = world.leave("?next=/tickets?status=open&again=1", "").await;
    assert!(sent.to.contains("prompt=login") && sent.to.contains("max_age=0"), "{}", sent.to);
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_eq!(answer.location(), "/tickets?status=open");
    assert!(world.is_in(&session(&answer)).await);

    // What another person would not change is tried again as it was.
    provider.set(|it| it.claims = json!({ "nonce": "another" }));
    let sent = world.leave("", "").await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert!(answer.body.contains("Try again") && !answer.body.contains("again=1"), "{}", answer.body);
}

#[tokio::test]
async fn a_test_as_the_wrong_person_can_be_made_as_another() {
    let (world, provider) = World::oidc().await;
    provider.set(|it| it.person = json!({ "sub": "at-home", "email": "jane@private.test", "email_verified": true }));
    let owner = world.tenant.owner_cookie.clone();
    let sent = world.leave("?purpose=test", &owner).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    let page = world.get(answer.location(), &owner).await.body;
    let again = format!("/sso/{}/start?purpose=test&amp;again=1", world.connection);
    assert!(page.contains("Try again") && page.contains(&again), "{page}");
    let sent = world.leave("?purpose=test&again=1", &owner).await;
    assert!(sent.to.contains("prompt=login"), "{}", sent.to);
}

/// A person who came in at the provider, and whose credentials were shown an hour ago.
async fn stale_person(world: &World, provider: &Provider) -> String {
    let sent = world.leave("", "").await;
    let session = session(&world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await);
    sqlx::query("UPDATE pooled.session SET authenticated_at = authenticated_at - interval '1 hour'")
        .execute(&mut world.app.db.admin().await)
        .await
        .unwrap();
    session
}

#[tokio::test]
async fn somebody_confirms_that_it_is_them() {
    let (world, provider) = World::oidc().await;
    let session = stale_person(&world, &provider).await;
    assert!(world.get("/account/leave", &session).await.location().starts_with("/confirm?next="));
    let page = world.get("/confirm?next=/account/leave", &session).await;
    assert!(page.body.contains(&format!("/sso/{}/start?purpose=confirm", world.connection)), "{}", page.body);

    let sent = world.leave("?purpose=confirm&next=/account/leave", &session).await;
    assert!(sent.to.contains("prompt=login") && sent.to.contains("max_age=0"), "{}", sent.to);
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/leave"));
    assert!(answer.cookie("__Host-session").is_none());
    assert_eq!(world.get("/account/leave", &session).await.status, StatusCode::OK);
    assert_eq!(world.audited("step_up.passed").await, 1);

    let nobody = world.get(&world.path("start?purpose=confirm"), "").await;
    assert!(nobody.location().starts_with("/sign-in?next="), "{}", nobody.location());
}

#[tokio::test]
async fn confirming_takes_the_same_person_and_fresh_credentials() {
    let (world, provider) = World::oidc().await;
    let session = stale_person(&world, &provider).await;
    let long_ago = (world.app.services.ambient.now() - time::Duration::hours(1)).unix_timestamp();
    provider.set(|it| it.claims = json!({ "auth_time": long_ago }));
    let sent = world.leave("?purpose=confirm&next=/account/leave", &session).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert!(answer.body.contains("Confirm in another way"), "{}", answer.body);

    provider.set(|it| {
        it.claims = json!({});
        it.person = json!({ "sub": "somebody-else", "email": "eve@acme.test", "email_verified": true });
    });
    let sent = world.leave("?purpose=confirm&next=/account/leave", &session).await;
    let answer = world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await;
    assert_plain(&answer, StatusCode::FORBIDDEN, "That is somebody else");
    assert!(world.get("/account/leave", &session).await.location().starts_with("/confirm"));
    assert_eq!(world.audited("step_up.refused").await, 2);
    assert_eq!(world.audited("step_up.passed").await, 0);
}

#[tokio::test]
async fn who_is_signed_in_connects_their_account() {
    let (world, provider) = World::oidc().await;
    let member = world.tenant.member_cookie.clone();
    provider
        .set(|it| it.person = json!({ "sub": "max-at-home", "email": "max@private.test", "email_verified": false }));
    // It asks first: nobody is led into it by an address.
    let page = world.get(&world.path("start?purpose=link&next=/account/security"), &member).await;
    assert_eq!((page.status, page.cookie("__Host-sso")), (StatusCode::OK, None));
    assert!(page.body.contains("Connect your account with okta login?"), "{}", page.body);
    assert!(!page.body.contains(r#"name="again""#), "{}", page.body);
    let page = world.get(&world.path("start?purpose=link&again=1"), &member).await;
    assert!(page.body.contains(r#"name="again" value="1""#), "{}", page.body);
    let ask = world.app.post(&world.tenant.host, &world.path("start")).cookie(&member);
    let page = ask.form(&[("next", "/account/security"), ("again", "1")]).send().await;
    assert!(page.body.contains("prompt=login"), "{}", page.body);
    let ask = world.app.post(&world.tenant.host, &world.path("start")).cookie(&member);
    let page = ask.form(&[("next", "/account/security")]).send().await;
    let rest = page.body.split_once("content=\"0;url=").unwrap().1;
    let to = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    let answer = world.back(&provider.sign_in(&to).unwrap(), &page.cookie("__Host-sso").unwrap()).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account/security"), "{}", answer.body);
    let sent = world.leave("", "").await;
    let session = session(&world.back(&provider.sign_in(&sent.to).unwrap(), &sent.cookie).await);
    assert!(world.get("/account/profile", &session).await.body.contains("Max of acme"));
}
