//! A letter as an HTML document for mail readers: tables and inline styles, because those are what all of them know.
//!
//! The inline colours are those of light pages. Readers that know `prefers-color-scheme` take the dark ones from the
//! style block; the others keep the light ones, which are readable as they are.

use std::fmt::Write as _;

use super::{
    draft::{Block, Draft},
    letterhead::Letterhead,
};
use crate::branding::{accent::SchemeTokens, colour::Colour, surfaces::Scheme};

/// `--text` of `style/tokens.css`, light and dark.
const TEXT: [Colour; 2] = [Colour::new(0x1a, 0x1c, 0x21), Colour::new(0xec, 0xed, 0xef)];
/// `--line`, light and dark.
const LINE: [Colour; 2] = [Colour::new(0xe2, 0xe3, 0xe7), Colour::new(0x2b, 0x2d, 0x33)];
const FONT: &str = "Inter,system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace";

/// The colours of one scheme.
struct Palette {
    ground: Colour,
    card: Colour,
    text: Colour,
    muted: Colour,
    line: Colour,
    fill: Colour,
    on: Colour,
    link: Colour,
}

impl Palette {
    fn new(tokens: &SchemeTokens) -> Self {
        let scheme = tokens.scheme;
        let [first, second, ..] = *scheme.grounds();
        // As the stylesheet has it: cards are the lighter of the two in both schemes.
        let (ground, card, index) = match scheme {
            Scheme::Light => (second, first, 0),
            Scheme::Dark => (first, second, 1),
        };
        Self {
            ground,
            card,
            text: TEXT[index],
            muted: scheme.muted_text(),
            line: LINE[index],
            fill: tokens.fill,
            on: tokens.on,
            link: tokens.text,
        }
    }

    /// Overrides of the inline colours, by class.
    fn rules(&self) -> String {
        let Self { ground, card, text, muted, line, fill, on, link } = self;
        format!(
            ".ground{{background:{ground} !important}}\
             .card{{background:{card} !important;border-color:{line} !important}}\
             .text{{color:{text} !important}}\
             .muted{{color:{muted} !important}}\
             .line{{border-color:{line} !important}}\
             .fill{{background:{fill} !important;color:{on} !important}}\
             .sunken{{background:{ground} !important}}\
             .link{{color:{link} !important}}\
             .logo{{background:#ffffff !important;padding:6px !important;border-radius:6px !important}}"
        )
    }
}

pub(super) fn render(letterhead: &Letterhead, draft: &Draft) -> String {
    let light = Palette::new(&letterhead.tokens().light);
    let dark = Palette::new(&letterhead.tokens().dark).rules();
    let blocks: String = draft.blocks.iter().map(|part| block(&light, part)).collect();
    let Palette { ground, card, text, muted, line, link, .. } = &light;
    let subject = escape(&draft.subject);
    let preview = draft.blocks.iter().find_map(preview).map(escape).unwrap_or_default();
    let heading = escape(&draft.heading);
    let mark = mark(letterhead, &light);
    let name = escape(letterhead.name());
    let origin = escape(letterhead.origin());
    let because = escape(&draft.because);
    format!(
        r#"<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>:root{{color-scheme:light dark}}@media (prefers-color-scheme:dark){{{dark}}}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:{ground}">
<div style="display:none;max-height:0;overflow:hidden">{preview}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:{ground}">
<tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font-family:{FONT};font-size:15px;line-height:24px;text-align:start">
<tr><td style="padding:0 4px 20px">{mark}</td></tr>
<tr><td class="card" style="background:{card};border:1px solid {line};border-radius:10px;padding:28px 28px 12px">
<h1 class="text" style="margin:0 0 16px;font-size:20px;line-height:28px;font-weight:600;color:{text};overflow-wrap:anywhere">{heading}</h1>
{blocks}</td></tr>
<tr><td class="muted" style="padding:20px 4px 0;font-size:12px;line-height:18px;color:{muted};overflow-wrap:anywhere">
Sent by {name}, <a class="link" href="{origin}" style="color:{link}">{origin}</a>.<br>
You get this mail because {because}.
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"#
    )
}

/// The tenant's logo, or its letters on its colour with its name beside them.
fn mark(letterhead: &Letterhead, palette: &Palette) -> String {
    let name = escape(letterhead.name());
    let Palette { fill, on, text, .. } = palette;
    if let Some(logo) = letterhead.logo() {
        let (address, width, height) = (escape(&logo.address), logo.width, logo.height);
        return format!(
            r#"<img class="logo" src="{address}" width="{width}" height="{height}" alt="{name}" style="display:block;border:0;font-size:15px;font-weight:600;color:{text}">"#
        );
    }
    let initials = escape(letterhead.initials());
    format!(
        r#"<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td class="fill" width="32" height="32" align="center" aria-hidden="true" style="width:32px;height:32px;border-radius:7px;background:{fill};color:{on};font-size:14px;line-height:32px;font-weight:600">{initials}</td><td class="text" style="padding-inline-start:10px;font-weight:600;color:{text};overflow-wrap:anywhere">{name}</td></tr></table>"#
    )
}

/// What readers of mail show beside the subject.
fn preview(block: &Block) -> Option<&str> {
    match block {
        Block::Text(text) => Some(text),
        _ => None,
    }
}

fn block(palette: &Palette, block: &Block) -> String {
    let Palette { ground, text: ink, muted, line, fill, on, link: link_colour, .. } = palette;
    match block {
        Block::Text(text) => paragraph("text", *ink, &escape(text)),
        Block::Note(text) => paragraph("muted", *muted, &escape(text)),
        Block::Plain(text) => paragraph("text", *ink, &linked(text, *link_colour)),
        Block::Quote(text) => format!(
            r#"<blockquote class="text line" style="margin:0 0 16px;padding:2px 0 2px 14px;border-inline-start:3px solid {line};color:{ink};overflow-wrap:anywhere">{}</blockquote>
"#,
            escape(text).replace('\n', "<br>")
        ),
        Block::Code(code) => format!(
            r#"<p class="text sunken" style="margin:0 0 16px;padding:12px;border-radius:6px;background:{ground};color:{ink};font-family:{MONO};font-size:22px;line-height:28px;letter-spacing:2px;text-align:center">{}</p>
"#,
            escape(code)
        ),
        Block::Facts(facts) => {
            let mut rows = String::new();
            for (name, value) in facts {
                // Writing to a String cannot fail.
                let _ = write!(
                    rows,
                    r#"<tr><th class="muted" scope="row" align="left" valign="top" style="padding:3px 16px 3px 0;font-weight:400;text-align:start;color:{muted}">{name}</th><td class="text" style="padding:3px 0;color:{ink};overflow-wrap:anywhere">{}</td></tr>"#,
                    escape(value)
                );
            }
            format!(
                r#"<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">{rows}</table>
"#
            )
        }
        Block::Button { label, link } => {
            let (label, link) = (escape(label), escape(link));
            format!(
                r#"<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 12px"><tr><td class="fill" style="border-radius:6px;background:{fill}"><a class="fill" href="{link}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:{fill};color:{on};font-weight:600;text-decoration:none">{label}</a></td></tr></table>
<p class="muted" style="margin:0 0 16px;font-size:12px;line-height:18px;color:{muted};overflow-wrap:anywhere">Or open this address: <a class="link" href="{link}" style="color:{link_colour}">{link}</a></p>
"#
            )
        }
    }
}

fn paragraph(class: &str, colour: Colour, html: &str) -> String {
    format!(
        r#"<p class="{class}" style="margin:0 0 16px;color:{colour};overflow-wrap:anywhere">{html}</p>
"#
    )
}

/// Text with its line breaks, its `http` addresses as links.
fn linked(text: &str, colour: Colour) -> String {
    let line = |line: &str| {
        let words = line.split(' ').map(|word| {
            let escaped = escape(word);
            if word.starts_with("https://") || word.starts_with("http://") {
                format!(r#"<a class="link" href="{escaped}" style="color:{colour}">{escaped}</a>"#)
            } else {
                escaped
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("<br>\n")
}

/// Text as content of an element or of a quoted attribute.
fn escape(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
