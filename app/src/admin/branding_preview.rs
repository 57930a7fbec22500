//! The preview beside the branding editor: pieces of a page, and the sign-in page in small, in both schemes.

use leptos::prelude::*;
use rowhouse_platform::branding::{AccentTokens, Background, Branding};

use super::preview_branding::LivePreview;
use crate::{
    context::RequestContext,
    ui::{document::Mark, welcome},
};

pub(super) fn preview(context: &RequestContext, shown: &Branding, name: &str, tokens: &AccentTokens) -> AnyView {
    let findings =
        tokens.contrast_report().into_iter().map(|finding| view! { <li>{finding.sentence}</li> }).collect_view();
    view! {
        <section class="stack" aria-labelledby="preview-title">
            <h2 id="preview-title">"Preview"</h2>
            <div class="stack" id="branding-preview">
                <div class="preview-pair">
                    {pieces(context, shown, name, "light")}
                    {pieces(context, shown, name, "dark")}
                </div>
                <h3>"Sign-in page"</h3>
                <div class="preview-pair">
                    {sign_in(context, shown, name, "light")}
                    {sign_in(context, shown, name, "dark")}
                </div>
            </div>
            <ul class="bullets" id="preview-findings" aria-live="polite">{findings}</ul>
            <p class="field__error" id="preview-problem" role="status" hidden=true></p>
            <p class="field__help">"Colours change as you type. The rest is shown by “Preview”, pictures once they are saved."</p>
            <LivePreview />
        </section>
    }
    .into_any()
}

fn pieces(context: &RequestContext, shown: &Branding, name: &str, scheme: &'static str) -> AnyView {
    let label = format!("How it looks in {scheme}: mark and name, a selected row, a link and buttons");
    view! {
        <div class=format!("preview brand-scope scheme-{scheme}") role="img" aria-label=label>
            <span class="preview__name">
                <Mark branding=shown.clone() base_path=context.base_path.clone() />
                <span class="truncate">{name.to_owned()}</span>
            </span>
            <span class="preview__selected">"Selected row"</span>
            <span class="preview__link">"A link"</span>
            <span class="button button--primary">"New ticket"</span>
            <span class="button preview__focus">"With focus"</span>
        </div>
    }
    .into_any()
}

fn sign_in(context: &RequestContext, shown: &Branding, name: &str, scheme: &'static str) -> AnyView {
    let label = format!("How the sign-in page looks in {scheme}: mark, name, words of welcome and the form");
    let tint = if shown.background == Background::Tint { " preview--tint" } else { "" };
    let picture =
        welcome::picture(shown, &context.base_path).map(|src| view! { <img class="preview__ground" src=src alt="" /> });
    view! {
        <div class=format!("preview preview--sign-in{tint} brand-scope scheme-{scheme}") role="img" aria-label=label>
            {picture}
            <div class="preview__card">
                <Mark branding=shown.clone() base_path=context.base_path.clone() />
                <b class="preview__title">{format!("Sign in to {name}")}</b>
                {welcome::words_of(shown)}
                <span class="preview__field"></span>
                <span class="preview__field"></span>
                <span class="button button--primary">"Sign in"</span>
            </div>
        </div>
    }
    .into_any()
}
