//! Comma-separated values (RFC 4180), as spreadsheets may safely open them.

/// What spreadsheets run as a formula begins with one of these, quoted or not.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether a text is a formula, or is one behind apostrophes: those get one more, so that it can be told which is ours.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// A field as it was before [`line`] made text of it.
#[must_use]
pub fn unescaped(field: &str) -> &str {
    field.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(field)
}

/// Writes a line: every field in quotes, but for those that are not there.
pub fn line(out: &mut String, fields: &[Option<&str>]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let Some(field) = field else { continue };
        out.push('"');
        // An apostrophe makes it text.
        if is_formula(field) {
            out.push('\'');
        }
        for sign in field.chars() {
            if sign == '"' {
                out.push('"');
            }
            out.push(sign);
        }
        out.push('"');
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_are_read_back() {
        for (text, written) in
            [("=1+1", "\"'=1+1\"\r\n"), ("'=1", "\"''=1\"\r\n"), ("'tis", "\"'tis\"\r\n"), ("a\"b", "\"a\"\"b\"\r\n")]
        {
            let mut out = String::new();
            line(&mut out, &[Some(text)]);
            assert_eq!(out, written);
        }
        for text in ["=1", "'=1", "''=1", "'tis", "'", "", "-1", "＝1", "\tx"] {
            let field = if is_formula(text) { format!("'{text}") } else { text.to_owned() };
            assert_eq!(unescaped(&field), text);
        }
    }
}
