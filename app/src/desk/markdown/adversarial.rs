//! What people with bad intentions write, and what becomes of it.

use super::{TicketLinks, html, html_with_tickets};

/// Every tag of the HTML, without its brackets.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag that ends").0).collect()
}

/// Fails unless all that is in `html` is what the writer may write.
fn holds(text: &str, html: &str) {
    const PLAIN: &[&str] = &[
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "h3",
        "h4",
        "h5",
        "h6",
        "div",
        "a",
        "th",
    ];
    let mut open = Vec::new();
    for tag in tags(html) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{text}\n{html}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(PLAIN.contains(&name), "{tag} in {html}");
        let allowed = match name {
            "a" => {
                let address = attributes.strip_prefix("href=\"").and_then(|rest| rest.split_once('"'));
                let (address, rest) = address.unwrap_or_else(|| panic!("{tag} in {html}"));
                let lower = address.to_ascii_lowercase();
                let is_away = ["http://", "https://", "mailto:"].iter().any(|head| lower.starts_with(head));
                (is_away && rest == " rel=\"nofollow noopener\"")
                    || (address.starts_with("/t/acme/tickets/") && rest.is_empty())
            }
            "ol" => attributes.is_empty() || attributes.starts_with("start=\""),
            "p" => attributes.is_empty() || attributes == "class=\"markdown__verbatim\"",
            "th" => attributes == "scope=\"col\"",
            "div" => attributes == "class=\"markdown__table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"",
            _ => attributes.is_empty(),
        };
        assert!(allowed, "{tag} in {html}");
        assert!(name != "a" || !open.contains(&"a"), "a link in a link: {html}");
        if !matches!(name, "br" | "hr") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stay open in {html}");
}

fn written(text: &str) -> String {
    let projects = ["OPS".to_owned()];
    let html = html_with_tickets(text, TicketLinks { base_path: "/t/acme", projects: &projects });
    holds(text, &html);
    html
}

#[test]
fn markdown_is_written() {
    for (text, html) in [
        ("**a** _b_ ~~c~~ `d<`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d&lt;</code></p>\n"),
        ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"),
        ("# a\n\n###### b", "<h3>a</h3>\n<h6>b</h6>\n"),
        ("- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>\n"),
        ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n"),
        ("```sql\nSELECT 1 < 2\n```", "<pre><code>SELECT 1 &lt; 2\n</code></pre>\n"),
        (
            "|a|\n|-|\n|b|",
            "<div class=\"markdown__table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>\n\
             <thead><tr><th scope=\"col\">a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table></div>\n",
        ),
    ] {
        assert_eq!(written(text), html, "{text}");
    }
}

#[test]
fn links_lead_to_the_web_and_to_mail_and_nowhere_else() {
    assert_eq!(
        written("[a](https://b.example/?c=\"d\"&e)"),
        "<p><a href=\"https://b.example/?c=&quot;d&quot;&amp;e\" rel=\"nofollow noopener\">a</a></p>\n"
    );
    assert!(written("<someone@b.example>").contains("href=\"mailto:someone@b.example\""));
    assert!(written("see https://b.example/c_d_e.").contains("href=\"https://b.example/c_d_e\""));
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "<java\tscript:alert(1)>",
        "<\u{1}javascript:alert(1)>",
        "data:text/html,x",
        "vbscript:x",
        "//b.example",
        "/admin",
        "?x",
        "#x",
        "",
        "file:///etc/passwd",
        "blob:x",
        "http:",
        "https://",
        "mailto:",
        "\\javascript:alert(1)",
        "<https://a b>",
        "view-source:https://b.example",
        "intent://b#Intent;end",
    ] {
        for text in [format!("[a]({address})"), format!("![a]({address})"), format!("[a]\n\n[a]: {address}")] {
            let html = written(&text);
            assert!(!html.contains("href=\""), "{text}: {html}");
        }
    }
}

#[test]
fn html_is_text() {
    for text in [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<div>\n**a**\n</div>",
        "<!-- a --> <?php a ?> <![CDATA[a]]> <!DOCTYPE a>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<style>*{display:none}</style>",
        "</p></div></main><form action=https://b.example>",
        "`<script>`\n\n    <script>\n\n```\n<script>\n```",
        "<p onclick=a>\n<textarea>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;",
        "\\<script>",
        "| <script> |\n|-|\n| <img onerror=a> |",
        "[<script>](https://b.example)",
        "[a](https://b.example \"<script>\\\"onclick=\")",
        "![<script>\" onerror=\"a](https://b.example)",
        "[a]: https://b.example\n[a]",
        "```\"><script>\na\n```",
        "<x\u{0}y>\u{0}",
        "# <script>\n\n- <script>\n\n> <script>",
    ] {
        let html = written(text);
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\0'), "{text}: {html}");
    }
    assert_eq!(written("a <b>c</b>"), "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n");
}

#[test]
fn pictures_are_links_and_no_link_stands_in_another() {
    assert_eq!(
        written("![a *b*](https://c.example/d.png)"),
        "<p><a href=\"https://c.example/d.png\" rel=\"nofollow noopener\">a <em>b</em></a></p>\n"
    );
    // A link within a picture within a link: the outermost is none then, and its address is one of its own.
    assert_eq!(
        written("[a ![b [c](https://d.example)](https://e.example)](https://f.example)").matches("<a ").count(),
        2
    );
    for text in [
        "[![a](https://b.example/c.png)](https://d.example)",
        "![a [b](https://c.example) https://e.example OPS-1](https://d.example)",
        "[https://b.example OPS-1](https://c.example)",
        "[a ![b](javascript:c) d](https://e.example)",
    ] {
        assert_eq!(written(text).matches("<a ").count(), 1, "{text}");
    }
    assert_eq!(
        written("[](https://b.example)"),
        "<p><a href=\"https://b.example\" rel=\"nofollow noopener\">https://b.example</a></p>\n",
        "a link has words"
    );
}

#[test]
fn keys_of_tickets_are_links_where_asked() {
    assert_eq!(
        written("see **OPS-12**"),
        "<p>see <strong><a href=\"/t/acme/tickets/OPS-12\">OPS-12</a></strong></p>\n"
    );
    assert_eq!(written("HR-12 `OPS-12`"), "<p>HR-12 <code>OPS-12</code></p>\n");
    assert_eq!(html("see OPS-12"), "<p>see OPS-12</p>\n");
}

#[test]
fn what_would_nest_too_deep_or_grow_too_large_is_shown_as_typed() {
    let columns = format!("{}\n{}\n{}", "|a".repeat(2_000), "|-".repeat(2_000), "|\n".repeat(5_000));
    for text in [
        ">".repeat(20_000),
        "- ".repeat(10_000),
        "*a **b ".repeat(2_500),
        "![".repeat(10_000) + &"](https://a)".repeat(900),
        columns,
    ] {
        let html = written(&text);
        assert!(html.len() <= 12 * text.len() + 8192, "{} from {}", html.len(), text.len());
    }
    assert!(written(&">".repeat(40)).starts_with("<p class=\"markdown__verbatim\">&gt;&gt;"));
    let text = "*a ".repeat(40) + "b" + &" a*".repeat(40);
    assert!(written(&text).starts_with("<p class=\"markdown__verbatim\">*a *a"), "{}", written(&text));
}

#[test]
fn whatever_is_typed_is_written_with_allowed_tags_in_pairs() {
    // All short sequences of what Markdown and HTML are made of.
    let parts = ["<", ">", "a", "[", "](", ")", "![", "*", "`", "\n", "|", "&lt;", "\"", "https://b"];
    let count = parts.len();
    for seed in 0..count.pow(4) {
        let (mut rest, mut text) = (seed, String::new());
        for _ in 0..4 {
            text.push_str(parts[rest % count]);
            rest /= count;
        }
        written(&text);
    }
}
