//! QR codes (ISO/IEC 18004), as the outline that a page draws.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code as a path of SVG: one square of side 1 a dark module, the quiet zone around it included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrPath {
    /// The side of the whole, in modules.
    pub side: i32,
    /// The attribute `d` of the path.
    pub outline: String,
}

/// Light modules around the code; ISO/IEC 18004 asks for four.
const QUIET: i32 = 4;

/// The QR code of a text; `None` where it is too long for one.
pub fn qr_path(text: &str) -> Option<QrPath> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut outline = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let width = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let width = i32::try_from(width).unwrap_or(0);
            if width > 0 {
                // Writing to a String cannot fail.
                let _ = write!(outline, "M{},{}h{width}v1h-{width}z", x + QUIET, y + QUIET);
            }
            x += width + 1;
        }
    }
    Some(QrPath { side: code.size() + 2 * QUIET, outline })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a path paints.
    fn painted(path: &QrPath) -> Vec<(i32, i32)> {
        let rows = path.outline.split('M').skip(1).map(|part| {
            let (place, rest) = part.split_once('h').unwrap();
            let (x, y) = place.split_once(',').unwrap();
            let width: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            (x..x + width).map(move |x| (x, y))
        });
        rows.flatten().collect()
    }

    #[test]
    fn the_path_paints_exactly_the_dark_modules() {
        let text = "otpauth://totp/Acme:olga%40acme.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";
        let path = qr_path(text).unwrap();
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let mut dark = Vec::new();
        for y in 0..code.size() {
            dark.extend((0..code.size()).filter(|x| code.get_module(*x, y)).map(|x| (x + QUIET, y + QUIET)));
        }
        assert_eq!(painted(&path), dark);
        assert_eq!(path.side, code.size() + 8);
        assert_eq!(qr_path(&"x".repeat(5000)), None);
    }
}
