use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba};

use super::*;

const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
const CLEAR_GREEN: Rgba<u8> = Rgba([0, 255, 0, 0]);

fn picture(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_pixel(width, height, RED).into()
}

fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let flat = DynamicImage::from(picture.to_rgb8());
    let picture = if format == ImageFormat::Jpeg { &flat } else { picture };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(png: &[u8]) -> RgbaImage {
    assert_eq!(image::guess_format(png).unwrap(), ImageFormat::Png);
    image::load_from_memory(png).unwrap().into_rgba8()
}

fn error(bytes: &[u8]) -> String {
    Logo::from_upload(bytes).unwrap_err().to_string()
}

#[test]
fn takes_the_three_formats_and_makes_png_of_them() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let logo = Logo::from_upload(&bytes(&picture(60, 30), format)).unwrap();
        assert_eq!((logo.width, logo.height), (60, 30), "{format:?}");
        let drawn = read(&logo.png);
        assert_eq!(drawn.dimensions(), (60, 30), "{format:?}");
        let [red, green, _, alpha] = drawn.get_pixel(30, 15).0;
        assert!(red > 250 && green < 5 && alpha == 255, "{format:?}");
    }
}

#[test]
fn keeps_the_aspect() {
    for (given, stored) in [
        ((1024, 512), (512, 256)),
        ((512, 512), (512, 512)),
        ((513, 10), (512, 10)),
        ((4096, 1), (512, 1)),
        ((3, 2), (3, 2)),
        ((1000, 2000), (256, 512)),
    ] {
        let logo = Logo::from_upload(&bytes(&picture(given.0, given.1), ImageFormat::Png)).unwrap();
        assert_eq!((logo.width, logo.height), stored, "{given:?}");
        assert_eq!(read(&logo.png).dimensions(), stored, "{given:?}");
    }
}

#[test]
fn the_favicon_is_padded_to_a_square() {
    let logo = Logo::from_upload(&bytes(&picture(640, 320), ImageFormat::Png)).unwrap();
    let favicon = read(&logo.favicon);
    assert_eq!(favicon.dimensions(), (64, 64));
    assert_eq!(favicon.get_pixel(32, 8).0[3], 0);
    assert_eq!(favicon.get_pixel(32, 55).0[3], 0);
    assert_eq!(*favicon.get_pixel(32, 32), RED);
    assert_eq!(*favicon.get_pixel(0, 16), RED);
    assert_eq!(*favicon.get_pixel(63, 47), RED);
}

#[test]
fn transparent_pixels_lend_no_colour() {
    let striped = RgbaImage::from_fn(1024, 1024, |x, _| if x < 513 { RED } else { CLEAR_GREEN });
    let logo = Logo::from_upload(&bytes(&striped.into(), ImageFormat::Png)).unwrap();
    for pixel in read(&logo.png).pixels().filter(|pixel| pixel.0[3] > 8) {
        assert!(pixel.0[1] < 32, "{pixel:?}");
    }
}

#[test]
fn a_photograph_is_turned_upright_and_loses_its_metadata() {
    // An EXIF segment that says "turn by 90 degrees", put after the start of a JPEG.
    let mut exif = vec![0xff, 0xe1, 0, 34];
    exif.extend(b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    assert_eq!(exif.len(), 36);
    let mut jpeg = bytes(&picture(40, 20), ImageFormat::Jpeg);
    jpeg.splice(2..2, exif);
    let logo = Logo::from_upload(&jpeg).unwrap();
    assert_eq!((logo.width, logo.height), (20, 40));
    assert!(!logo.png.windows(4).any(|window| window == b"Exif" || window == b"eXIf"));
}

#[test]
fn an_svg_is_drawn_as_large_as_a_logo_may_be() {
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12"><rect width="12" height="12" fill="red"/></svg>"#;
    let logo = Logo::from_upload(svg).unwrap();
    assert_eq!((logo.width, logo.height), (512, 256));
    let drawn = read(&logo.png);
    assert_eq!(*drawn.get_pixel(100, 100), RED);
    assert_eq!(drawn.get_pixel(300, 100).0[3], 0);
    assert_eq!(*read(&logo.favicon).get_pixel(10, 32), RED);
    let found = error(b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'>\n<script/></svg>");
    assert!(found.contains("line 2") && found.contains("<script>"), "{found}");
}

#[test]
fn says_what_is_wrong_and_what_would_be_right() {
    assert_eq!(error(b""), "Choose a picture: a PNG, JPEG, WebP or SVG file.");
    assert_eq!(error(&vec![0; crate::picture::MAX_UPLOAD_BYTES + 1]), "The file has 2.1 MB. Use one of at most 2 MB.");
    for (start, name) in [
        (&b"GIF89a\x01\0\x01\0"[..], "a GIF"),
        (b"BM      ", "a BMP"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "compressed (gzip, perhaps an .svgz)"),
    ] {
        let expected = format!("The file is {name}. Use a PNG, JPEG, WebP or SVG file.");
        assert_eq!(error(start), expected);
    }
    assert_eq!(error(b"hello"), "The file is not a picture that can be read. Use a PNG, JPEG, WebP or SVG file.");
    assert_eq!(
        error(&bytes(&picture(4097, 2), ImageFormat::Png)),
        "The picture has 4097 × 2 pixels. Use one of at most 4096 × 4096 pixels."
    );
    let whole = bytes(&picture(64, 64), ImageFormat::Png);
    assert_eq!(
        error(&whole[..whole.len() / 2]),
        "The file is damaged. Save the picture again and upload the new file."
    );
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    // A PNG whose header claims 60,000 × 60,000 pixels.
    let mut bomb = bytes(&picture(1, 1), ImageFormat::Png);
    bomb.splice(16..24, [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc32(&bomb[12..29]);
    bomb.splice(29..33, checksum.to_be_bytes());
    let found = Logo::from_upload(&bomb).unwrap_err();
    assert!(
        matches!(found, LogoError::Picture(PictureError::TooManyPixels { width: 60_000, height: 60_000 })),
        "{found:?}"
    );
}

/// The checksum of a PNG chunk (PNG §5.5).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
