//! Reading rows out of a part of a file: so much at a time that the memory stays flat, whatever is in the file.

use csv::{ByteRecord, ReaderBuilder};

/// Bytes of a file that are looked at together. A row is never larger.
pub const WINDOW: u64 = 1024 * 1024;
/// The most columns of a file.
pub const MOST_COLUMNS: usize = 200;
/// The most characters of the name of a column.
const NAME_LENGTH: usize = 200;

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line in which it begins.
    pub line: u64,
    /// Its fields, as they are written.
    pub fields: ByteRecord,
}

/// The rows that are whole in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// In the order of the file.
    pub rows: Vec<Row>,
    /// Where the next row begins, counted from the window's first byte.
    pub bytes: u64,
    /// The line in which it begins.
    pub line: u64,
}

/// Why a file cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// There is nothing in it.
    #[error("The file is empty. Its first line has to name the columns.")]
    Empty,
    /// A text in quotes has no end.
    #[error("In line {0}, a quotation mark is opened and never closed.")]
    Unclosed(u64),
    /// A row is larger than any ticket.
    #[error("The row that begins in line {0} is larger than a megabyte. A quotation mark may not be closed there.")]
    TooLarge(u64),
    /// There are more columns than anybody fills.
    #[error("The file has {0} columns; {MOST_COLUMNS} are allowed.")]
    TooManyColumns(usize),
    /// The first line is no text.
    #[error("The first line is not UTF-8. Save the file as CSV in UTF-8.")]
    NotText,
    /// There is no such file any more.
    #[error("The file is no longer there. Upload it again.")]
    Gone,
    /// The reader gave up.
    #[error("The file cannot be read from line {0} on.")]
    Unreadable(u64),
}

/// The first line: what separates, the names of the columns, and where the rows begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What stands between two columns.
    pub separator: u8,
    /// The columns' names.
    pub names: Vec<String>,
    /// Where the first row begins.
    pub bytes: u64,
    /// The line in which it begins.
    pub line: u64,
}

/// Reads the header from the first bytes of a file.
///
/// # Errors
/// [`WindowError`].
pub fn header(window: &[u8], is_all: bool) -> Result<Header, WindowError> {
    let mark = if window.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let text = &window[mark..];
    let first = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).map_or(text, |end| &text[..end]);
    let count = |separator: u8| first.split(|byte| *byte == separator).count();
    // Of those that are equally frequent, the last one here: the comma.
    let separator = [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',');
    let read = rows(text, separator, 1, is_all, 1)?;
    let Some(row) = read.rows.first() else { return Err(WindowError::Empty) };
    if row.fields.len() > MOST_COLUMNS {
        return Err(WindowError::TooManyColumns(row.fields.len()));
    }
    let names = row.fields.iter().enumerate().map(|(index, name)| {
        let name = std::str::from_utf8(name).map_err(|_| WindowError::NotText)?;
        let name: String = name.trim().chars().filter(|sign| !sign.is_control()).take(NAME_LENGTH).collect();
        Ok(if name.is_empty() { format!("Column {}", index + 1) } else { name })
    });
    let names = names.collect::<Result<Vec<_>, WindowError>>()?;
    Ok(Header { separator, names, bytes: read.bytes + mark as u64, line: read.line })
}

/// Reads rows from a window that begins with one, at most so many. `is_all`: the file ends with the window.
///
/// # Errors
/// [`WindowError`].
pub fn rows(window: &[u8], separator: u8, line: u64, is_all: bool, most: usize) -> Result<Rows, WindowError> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(window);
    let mut found = Rows { rows: Vec::new(), bytes: 0, line };
    while found.rows.len() < most {
        let at = place(window, found.bytes);
        // Empty lines: the reader passes over them.
        let blank = window[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begins = found.line + line_ends(window, at, at + blank, is_all);
        let mut fields = ByteRecord::new();
        if !reader.read_byte_record(&mut fields).map_err(|_| WindowError::Unreadable(begins))? {
            found.bytes = window.len() as u64;
            found.line += line_ends(window, at, window.len(), is_all);
            break;
        }
        let end = reader.position().byte();
        let next = found.line + line_ends(window, at, place(window, end), is_all);
        if end >= window.len() as u64 {
            // What ends with the window may go on behind it.
            if !is_all {
                if found.rows.is_empty() {
                    return Err(WindowError::TooLarge(begins));
                }
                break;
            }
            if is_unclosed(&window[at..], separator) {
                return Err(WindowError::Unclosed(begins));
            }
        }
        found.rows.push(Row { line: begins, fields });
        (found.bytes, found.line) = (end, next);
    }
    Ok(found)
}

/// So many bytes on in a window, and never behind its end.
fn place(window: &[u8], bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX).min(window.len())
}

/// How many lines end between two places: at an LF, or at a CR that none follows, which the reader takes for an end as
/// well and does not count. What follows the window's last byte is known where the file ends with it.
fn line_ends(window: &[u8], from: usize, to: usize, is_all: bool) -> u64 {
    let ends = |place: &usize| match window[*place] {
        b'\n' => true,
        b'\r' => window.get(*place + 1).map_or(is_all, |next| *next != b'\n'),
        _ => false,
    };
    (from..to).filter(ends).count() as u64
}

/// Whether a row ends within quotation marks.
fn is_unclosed(row: &[u8], separator: u8) -> bool {
    let (mut is_quoted, mut at_start) = (false, true);
    let mut bytes = row.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if is_quoted {
            if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                is_quoted = false;
            }
        } else if byte == b'"' && at_start {
            is_quoted = true;
            at_start = false;
        } else {
            at_start = byte == separator || byte == b'\n' || byte == b'\r';
        }
    }
    is_quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_separates() {
        let read = header(b"\xef\xbb\xbfTitle;\"Due, date\";\r\nA;B;C\r\n", true).unwrap();
        assert_eq!(
            (read.separator, read.names.as_slice()),
            (b';', &["Title", "Due, date", "Column 3"].map(String::from)[..])
        );
        let file = b"\xef\xbb\xbfTitle;\"Due, date\";\r\nA;B;C\r\n";
        let rest = &file[usize::try_from(read.bytes).unwrap()..];
        assert_eq!(rows(rest, b';', read.line, true, 9).unwrap().rows[0].line, 2);
        assert_eq!(header(b"", true), Err(WindowError::Empty));
        assert_eq!(header(b"\xff\xfe,b\n", true), Err(WindowError::NotText));
        assert_eq!(header(",".repeat(5000).as_bytes(), true), Err(WindowError::TooManyColumns(5001)));
    }

    #[test]
    fn lines_end_with_a_carriage_return_too() {
        let file = b"title;status\rone, two;open\r\rthree;\"a\rb\"\rfour;bad\r";
        let read = header(file, true).unwrap();
        assert_eq!((read.separator, read.line), (b';', 2));
        let rest = &file[usize::try_from(read.bytes).unwrap()..];
        let found = rows(rest, read.separator, read.line, true, 9).unwrap();
        assert_eq!(found.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 6]);
    }

    #[test]
    fn windows_of_any_size_give_the_same_rows() {
        let file = b"a,\"b\nb\"\r\n\r\nc,\"d\"\"d\"\ne,f\n";
        let whole = rows(file, b',', 1, true, 10).unwrap();
        assert_eq!(whole.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 4, 5]);
        for size in 16..=file.len() {
            let (mut at, mut line, mut found) = (0, 1, Vec::new());
            while at < file.len() {
                let end = (at + size).min(file.len());
                let part = rows(&file[at..end], b',', line, end == file.len(), 10).unwrap();
                at += usize::try_from(part.bytes).unwrap();
                line = part.line;
                found.extend(
                    part.rows.iter().map(|row| (row.line, row.fields.iter().map(<[u8]>::to_vec).collect::<Vec<_>>())),
                );
            }
            let expected: Vec<_> = whole
                .rows
                .iter()
                .map(|row| (row.line, row.fields.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()))
                .collect();
            assert_eq!(found, expected, "{size}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_an_error() {
        assert_eq!(rows(b"a,b\nc,\"d\ne,f\n", b',', 1, true, 10), Err(WindowError::Unclosed(2)));
        assert_eq!(rows(b"\"aaaaaaaaaaaa", b',', 7, false, 10), Err(WindowError::TooLarge(7)));
        assert_eq!(rows(b"5\" pipe,\"\"\n", b',', 1, true, 10).unwrap().rows.len(), 1);
    }
}
