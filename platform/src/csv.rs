//! Comma-separated values (RFC 4180), as spreadsheets may safely open them.

/// Writes a line: every field in quotes, but for those that are not there.
pub fn line(out: &mut String, fields: &[Option<&str>]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let Some(field) = field else { continue };
        out.push('"');
        // Spreadsheets run what begins so as a formula, quoted or not; an apostrophe makes it text.
        if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
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
