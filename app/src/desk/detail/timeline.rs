//! What was said and done, the newest last.

use leptos::prelude::*;

use super::{
    entry::{comment, event},
    load::Entry,
    view::Shown,
};
use crate::ui::time::number;

pub(super) fn part(shown: &Shown<'_>) -> AnyView {
    let timeline = &shown.loaded.timeline;
    let entries = timeline.entries.iter().map(|entry| match entry {
        Entry::Comment(one) => comment(shown, one),
        Entry::Event(one) => event(shown, one),
    });
    let earlier = timeline.earlier.map(|earlier| {
        let href = format!("{}?before={earlier}#activity", shown.action);
        view! { <a class="button" href=href rel="prev">"Show earlier"</a> }
    });
    // Not the last part: who reads on comes back to it.
    let latest = timeline.newest.is_none().then_some(()).filter(|()| shown.face.before.is_some()).map(|()| {
        view! { <a class="button" href=format!("{}#activity", shown.action) rel="next">"Show the latest"</a> }
    });
    let comments = match timeline.comments {
        0 => "No comments".to_owned(),
        1 => "1 comment".to_owned(),
        count => format!("{} comments", number(count)),
    };
    view! {
        <section class="thread__section stack" id="activity" aria-labelledby="activity-title">
            <h2 id="activity-title">"Activity " <span class="muted numeric">{comments}</span></h2>
            {earlier}
            <ol class="thread__list">{entries.collect_view()}</ol>
            {latest}
        </section>
    }
    .into_any()
}
