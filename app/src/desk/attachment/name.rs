//! Names of files: what is kept of those that people send, and how they are written in a header.

use std::fmt::Write as _;

use crate::ui::signs::turns;

/// The most characters of a name, as in the table.
const LENGTH: usize = 255;
/// The most characters that are taken for the ending of a name.
const ENDING: usize = 20;

/// What is kept of a name: its last part, on one line, without signs that turn the direction of writing, with which
/// `invoice_exe.pdf` can be made to look like what it is not. Letters of every language stay as they are.
pub(super) fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let line: String =
        last.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).filter(|sign| !turns(*sign)).collect();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = shortened(&words);
    if name.chars().all(|sign| sign == '.') { "file".to_owned() } else { name }
}

/// Cut in the middle, so that the ending stays.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= LENGTH {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ending.chars().count() <= ENDING);
    let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
    let kept = LENGTH - ending.chars().count() - 1;
    format!("{}…{ending}", name.chars().take(kept).collect::<String>())
}

/// `Content-Disposition` (RFC 6266): the name in ASCII for old readers, and as it is (RFC 8187).
pub(super) fn disposition(how: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|sign| if matches!(sign, ' '..='~') && !matches!(sign, '"' | '\\' | '%') { sign } else { '_' })
        .collect();
    let mut header = format!("{how}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            header.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(header, "%{byte:02X}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_read_in_one_direction() {
        for (sent, kept) in [
            ("report.pdf", "report.pdf"),
            ("C:\\Users\\ada\\report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nSet-Cookie: x=y\0.txt", "a Set-Cookie: x=y .txt"),
            ("say \"hi\".txt", "say \"hi\".txt"),
            ("invoice_\u{202e}fdp.exe", "invoice_fdp.exe"),
            ("דוח שנתי.pdf", "דוח שנתי.pdf"),
            ("🙂 photo.png", "🙂 photo.png"),
            ("", "file"),
            ("  ", "file"),
            ("..", "file"),
            ("a/", "file"),
        ] {
            assert_eq!(cleaned(sent), kept, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let kept = cleaned(&format!("{}.tar", "ä".repeat(400)));
        assert_eq!(kept.chars().count(), LENGTH);
        assert!(kept.ends_with("ä….tar"), "{kept}");
        let kept = cleaned(&format!("a.{}", "b".repeat(400)));
        assert_eq!((kept.chars().count(), kept.ends_with('…')), (LENGTH, true));
    }

    #[test]
    fn a_header_says_the_name_twice() {
        assert_eq!(disposition("inline", "a.png"), "inline; filename=\"a.png\"; filename*=UTF-8''a.png");
        assert_eq!(
            disposition("attachment", "say \"hi\" 100%;ü🙂.txt"),
            "attachment; filename=\"say _hi_ 100_;__.txt\"; \
             filename*=UTF-8''say%20%22hi%22%20100%25%3B%C3%BC%F0%9F%99%82.txt"
        );
    }
}
