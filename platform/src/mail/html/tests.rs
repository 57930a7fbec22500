//! Colours are readable in both schemes, and the mark is the tenant's.

use super::*;
use crate::{
    branding::{Branding, LogoRef},
    mail::{Letter, render},
};

fn letterheads() -> Vec<Letterhead> {
    ["#000000", "#ffffff", "#ffee00", "#3366ff", "#00ff88", "#7f7f7f"]
        .into_iter()
        .map(|colour| {
            let branding = Branding::new("Acme", Some(colour.parse().unwrap()), None, None);
            Letterhead::from_branding("Acme", &branding, "https://acme.app.example")
        })
        .chain([Letterhead::plain("Rowhouse", "https://app.example")])
        .collect()
}

#[test]
fn text_reaches_its_contrast_in_every_colour() {
    for head in letterheads() {
        for tokens in [&head.tokens().light, &head.tokens().dark] {
            let Palette { ground, card, text, muted, fill, on, link, .. } = Palette::new(tokens);
            for (what, front, back) in [
                ("text on the card", text, card),
                ("text on the code's ground", text, ground),
                ("notes on the card", muted, card),
                ("the footer", muted, ground),
                ("the button", on, fill),
                ("a link on the card", link, card),
                ("a link in the footer", link, ground),
            ] {
                let contrast = front.contrast(back);
                assert!(contrast >= 4.5, "{what}: {front} on {back} has {contrast}");
            }
        }
    }
}

#[test]
fn a_logo_stands_with_its_address_and_name() {
    let logo = LogoRef { hash: "abc".into(), width: 360, height: 72 };
    let branding = Branding::new("Acme \"&\" Co", None, None, Some(logo));
    let head = Letterhead::from_branding("Acme \"&\" Co", &branding, "https://acme.app.example");
    let html = render(&head, &Letter::WorkspaceReopened).html;
    assert!(html.contains(
        r#"<img class="logo" src="https://acme.app.example/brand/logo/abc.png" width="180" height="36" alt="Acme &quot;&amp;&quot; Co""#
    ));
    let letters = render(&Letterhead::plain("Müller Söhne", "https://x.example"), &Letter::WorkspaceReopened).html;
    assert!(letters.contains(">MS</td>") && !letters.contains("<img"), "{letters}");
}

#[test]
fn addresses_in_plain_text_are_links() {
    let html = linked("Acme: https://acme.app.example\n<b> javascript:x", Colour::BLACK);
    assert_eq!(
        html,
        "Acme: <a class=\"link\" href=\"https://acme.app.example\" style=\"color:#000000\">https://acme.app.example</a><br>\n\
         &lt;b&gt; javascript:x"
    );
}
