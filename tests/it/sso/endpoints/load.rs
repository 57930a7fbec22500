//! Many at once.

use futures_util::future::join_all;

use super::*;

const PEOPLE: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_people_come_at_once() {
    let (world, provider) = World::saml(|_| {}).await;
    let sent = join_all((0..PEOPLE).map(|_| world.leave("", ""))).await;
    let now = world.app.services.ambient.now();
    let forms: Vec<_> = sent
        .iter()
        .enumerate()
        .map(|(number, sent)| {
            let request = attribute(&in_address(&sent.to, "SAMLRequest"), "ID");
            let (name, id) = (format!("person-{number}"), format!("_a{number}"));
            let email = format!("{name}@acme.test");
            let says = Says {
                name_id: &name,
                email: &email,
                in_response_to: Some(&request),
                assertion_id: &id,
                shown_at: now,
            };
            let state = crate::sso::provider::reply::form(sent.to.split_once('?').unwrap().1)["RelayState"].clone();
            (provider.response(&world.base(), now, &says), state, sent.cookie.clone())
        })
        .collect();
    let answers = join_all(forms.iter().map(|(response, state, cookie)| async {
        world.post("acs", cookie, &[("SAMLResponse", response.as_str()), ("RelayState", state.as_str())]).await
    }))
    .await;
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    assert_eq!(world.sessions().await, i64::try_from(PEOPLE).unwrap());
    assert_eq!(world.refusals().await, Vec::<&str>::new());
    assert!(world.is_in(&session(&answers[PEOPLE - 1])).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_comes_many_times_at_once() {
    let (world, provider) = World::oidc().await;
    let sent = join_all((0..40).map(|_| world.leave("", ""))).await;
    let answers = join_all(sent.iter().map(|sent| {
        let back = provider.sign_in(&sent.to).unwrap();
        let world = &world;
        async move { world.back(&back, &sent.cookie).await }
    }))
    .await;
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    // One account, however many came at the same time.
    let jane =
        world.count("SELECT count(*) FROM pooled.account WHERE tenant_id = $1 AND email = 'jane@acme.test'").await;
    assert_eq!((jane, world.sessions().await), (1, 40));
}
