//! What a file is, told by its first bytes. What its sender says of it, by a type or by its name, is never believed.
//!
//! The list is short on purpose: a type is here where people or browsers do something with it. Text is text, whatever is
//! written in it, so that HTML, SVG and scripts are never served as what they are.

/// How many of the first bytes are looked at.
pub(super) const HEAD: usize = 4096;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    content_type: &'static str,
    family: Family,
}

/// What people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A picture of points, which browsers show, and which can hold neither script nor link.
    Picture,
    /// Something to read.
    Document,
    /// A table.
    Spreadsheet,
    /// Slides.
    Presentation,
    /// Several files in one.
    Archive,
    /// Something to hear.
    Audio,
    /// Something to see.
    Video,
    /// Plain text of any sort.
    Text,
    /// Anything else.
    Other,
}

const fn kind(content_type: &'static str, family: Family) -> Kind {
    Kind { content_type, family }
}

const TEXT: Kind = kind("text/plain; charset=utf-8", Family::Text);
const UNKNOWN: Kind = kind("application/octet-stream", Family::Other);
const ZIP: Kind = kind("application/zip", Family::Archive);

/// Bytes that stand at these places.
type Signature = &'static [(usize, &'static [u8])];

/// The first that fits.
const SIGNATURES: &[(Signature, Kind)] = &[
    (&[(0, b"\x89PNG\r\n\x1a\n")], kind("image/png", Family::Picture)),
    (&[(0, b"\xff\xd8\xff")], kind("image/jpeg", Family::Picture)),
    (&[(0, b"GIF87a")], kind("image/gif", Family::Picture)),
    (&[(0, b"GIF89a")], kind("image/gif", Family::Picture)),
    (&[(0, b"RIFF"), (8, b"WEBP")], kind("image/webp", Family::Picture)),
    (&[(0, b"%PDF-")], kind("application/pdf", Family::Document)),
    (&[(0, b"PK\x03\x04")], ZIP),
    (&[(0, b"PK\x05\x06")], ZIP),
    (&[(0, b"\x1f\x8b")], kind("application/gzip", Family::Archive)),
    (&[(0, b"7z\xbc\xaf\x27\x1c")], kind("application/x-7z-compressed", Family::Archive)),
    (&[(0, b"Rar!\x1a\x07")], kind("application/vnd.rar", Family::Archive)),
    (&[(0, b"\xfd7zXZ\0")], kind("application/x-xz", Family::Archive)),
    (&[(0, b"\x28\xb5\x2f\xfd")], kind("application/zstd", Family::Archive)),
    (&[(257, b"ustar")], kind("application/x-tar", Family::Archive)),
    (&[(0, b"ID3")], kind("audio/mpeg", Family::Audio)),
    (&[(0, b"OggS")], kind("audio/ogg", Family::Audio)),
    (&[(0, b"fLaC")], kind("audio/flac", Family::Audio)),
    (&[(0, b"RIFF"), (8, b"WAVE")], kind("audio/wav", Family::Audio)),
    (&[(4, b"ftypM4A")], kind("audio/mp4", Family::Audio)),
    (&[(4, b"ftypqt")], kind("video/quicktime", Family::Video)),
    (&[(4, b"ftyp")], kind("video/mp4", Family::Video)),
    (&[(0, b"\x1a\x45\xdf\xa3")], kind("video/webm", Family::Video)),
];

/// Office documents are ZIP archives, which name what is in them.
const IN_ZIP: &[(&[u8], Kind)] = &[
    (b"word/", kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Family::Document)),
    (b"xl/", kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Family::Spreadsheet)),
    (b"ppt/", kind("application/vnd.openxmlformats-officedocument.presentationml.presentation", Family::Presentation)),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.text",
        kind("application/vnd.oasis.opendocument.text", Family::Document),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        kind("application/vnd.oasis.opendocument.spreadsheet", Family::Spreadsheet),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.presentation",
        kind("application/vnd.oasis.opendocument.presentation", Family::Presentation),
    ),
];

impl Kind {
    /// What the content that begins so is.
    pub fn of(head: &[u8]) -> Self {
        let stands = |(place, bytes): &(usize, &[u8])| head.get(*place..).is_some_and(|rest| rest.starts_with(bytes));
        let found = SIGNATURES.iter().find(|(signature, _)| signature.iter().all(stands)).map(|(_, kind)| *kind);
        match found {
            Some(ZIP) => {
                let holds = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
                IN_ZIP.iter().find(|(name, _)| holds(name)).map_or(ZIP, |(_, kind)| *kind)
            }
            Some(kind) => kind,
            None if is_text(head) => TEXT,
            None => UNKNOWN,
        }
    }

    /// The media type that it is kept and served with.
    pub fn content_type(self) -> &'static str {
        self.content_type
    }

    /// The kind that is kept with this media type.
    pub fn of_content_type(content_type: &str) -> Self {
        let known = SIGNATURES.iter().map(|(_, kind)| kind).chain(IN_ZIP.iter().map(|(_, kind)| kind));
        known.chain([&TEXT]).find(|kind| kind.content_type == content_type).copied().unwrap_or(UNKNOWN)
    }

    /// What people call it.
    pub fn family(self) -> Family {
        self.family
    }

    /// Whether browsers may show it in a page.
    pub fn is_picture(self) -> bool {
        self.family == Family::Picture
    }
}

/// Whether it is UTF-8 without control characters but those of text. The last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && head.len() >= HEAD => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|sign| sign.is_control() && !matches!(sign, '\t' | '\n' | '\r' | '\x0c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_what_it_is() {
        for (head, content_type) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"GIF89a\x01\0", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
            (b"%PDF-1.7\n", "application/pdf"),
            (
                b"PK\x03\x04\x14\0\0\0\x08\0..word/document.xml",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (
                b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK",
                "application/vnd.oasis.opendocument.spreadsheet",
            ),
            (b"PK\x03\x04\x14\0readme.txt", "application/zip"),
            (b"\x1f\x8b\x08", "application/gzip"),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"<!doctype html><script>alert(1)</script>", "text/plain; charset=utf-8"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain; charset=utf-8"),
            ("Grüße, שלום 🙂\r\n".as_bytes(), "text/plain; charset=utf-8"),
            (b"text with \0", "application/octet-stream"),
            (b"\xff\xfet\0e\0x\0t\0", "application/octet-stream"),
            (b"MZ\x90\0\x03", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            let kind = Kind::of(head);
            assert_eq!(kind.content_type(), content_type, "{}", head.escape_ascii());
            assert_eq!(Kind::of_content_type(content_type), kind);
        }
    }

    #[test]
    fn a_character_that_is_cut_off_is_still_text() {
        let mut head = "ä".repeat(HEAD / 2).into_bytes();
        head.insert(0, b'x');
        assert_eq!(Kind::of(&head[..HEAD]), TEXT);
        assert_eq!(Kind::of(b"x\xc3"), UNKNOWN);
    }

    #[test]
    fn only_pictures_of_points_are_shown() {
        let shown: Vec<_> = SIGNATURES.iter().map(|(_, kind)| *kind).filter(|kind| kind.is_picture()).collect();
        let types: std::collections::BTreeSet<_> = shown.iter().map(|kind| kind.content_type()).collect();
        assert_eq!(types.into_iter().collect::<Vec<_>>(), ["image/gif", "image/jpeg", "image/png", "image/webp"]);
        assert_eq!(Kind::of_content_type("text/html"), UNKNOWN);
    }
}
