//! Pictures that people upload: decoded within limits and drawn anew.
//!
//! What is stored and served is never an upload itself: no metadata (a photograph's place), no bytes that another
//! program would read as something else.

use std::{fmt, io::Cursor};

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
    imageops,
};
use thiserror::Error;
use tokio::{sync::Semaphore, task::JoinError};

use crate::locale::{Locale, Rounded};

/// Largest upload, in bytes (2 MB).
pub const MAX_UPLOAD_BYTES: usize = 2 * 1024 * 1024;
/// Longest side of an upload, in pixels.
pub const MAX_UPLOAD_SIDE: u32 = 4096;

/// Memory that decoding may take, in bytes: the largest allowed picture with 16 bits a channel takes
/// 128 MiB.
const MAX_DECODING_MEMORY: u64 = 160 * 1024 * 1024;
/// How good a JPEG of ours is, of 100.
const JPEG_QUALITY: u8 = 82;

/// Pictures that are drawn at the same time, at most: each may take a second of a core and 200 MiB.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// The kinds of file that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// PNG, JPEG and WebP.
    Pixels,
    /// These and SVG.
    PixelsAndSvg,
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pixels => "a PNG, JPEG or WebP file",
            Self::PixelsAndSvg => "a PNG, JPEG, WebP or SVG file",
        })
    }
}

/// Why an upload is no picture that is taken, in words for the person who uploaded it.
#[derive(Debug, Error)]
pub enum PictureError {
    /// No bytes.
    #[error("Choose a picture: {0}.")]
    Empty(Accept),
    /// More than [`MAX_UPLOAD_BYTES`].
    #[error("The file has {}. Use one of at most {}.", size(*.0), size(MAX_UPLOAD_BYTES))]
    TooManyBytes(usize),
    /// A known kind of file, but not one that is taken.
    #[error("The file is {0}. Use {1}.")]
    OtherFormat(&'static str, Accept),
    /// Nothing that is known.
    #[error("The file is not a picture that can be read. Use {0}.")]
    UnknownFormat(Accept),
    /// A side longer than [`MAX_UPLOAD_SIDE`].
    #[error(
        "The picture has {width} × {height} pixels. Use one of at most {MAX_UPLOAD_SIDE} × {MAX_UPLOAD_SIDE} pixels."
    )]
    TooManyPixels {
        /// Width of the upload, in pixels.
        width: u32,
        /// Height of the upload, in pixels.
        height: u32,
    },
    /// The right kind of file, but cut off or broken.
    #[error("The file is damaged. Save the picture again and upload the new file.")]
    Damaged(#[source] ImageError),
    /// The new picture could not be written.
    #[error("The picture could not be saved. Try another file.")]
    Encoding(#[source] ImageError),
}

/// Draws away from the asynchronous threads, and few pictures at a time.
///
/// # Errors
/// [`JoinError`] when `draw` panicked.
pub async fn apart<T: Send + 'static>(draw: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    // Nobody closes the semaphore; without a place the picture is drawn all the same.
    let _place = DRAWING.acquire().await.ok();
    tokio::task::spawn_blocking(draw).await
}

/// The pixels of an upload, upright. The kind of file is told by its bytes, not by its name. `accept` is what the
/// message names.
///
/// # Errors
/// A [`PictureError`] that says what is wrong with the upload and what would be right.
pub fn decode(bytes: &[u8], accept: Accept) -> Result<RgbaImage, PictureError> {
    let format = sniff(bytes, accept)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODING_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(PictureError::Damaged)?;
    // Told before the pixels are decoded: a small file can hold a picture of gigabytes.
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_UPLOAD_SIDE {
        return Err(PictureError::TooManyPixels { width, height });
    }
    limits.reserve(decoder.total_bytes()).and_then(|()| decoder.set_limits(limits)).map_err(PictureError::Damaged)?;
    let orientation = decoder.orientation().map_err(PictureError::Damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(PictureError::Damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

fn sniff(bytes: &[u8], accept: Accept) -> Result<ImageFormat, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty(accept));
    }
    if bytes.len() > MAX_UPLOAD_BYTES {
        return Err(PictureError::TooManyBytes(bytes.len()));
    }
    let other = |name| Err(PictureError::OtherFormat(name, accept));
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => Ok(format),
        Ok(ImageFormat::Gif) => other("a GIF"),
        Ok(ImageFormat::Bmp) => other("a BMP"),
        Ok(ImageFormat::Tiff) => other("a TIFF"),
        Ok(ImageFormat::Ico) => other("an icon file"),
        Ok(ImageFormat::Avif) => other("an AVIF"),
        _ if bytes.starts_with(b"%PDF") => other("a PDF"),
        _ if bytes.starts_with(&[0x1f, 0x8b]) => other("compressed (gzip, perhaps an .svgz)"),
        _ if looks_like_svg(bytes) => other("an SVG"),
        _ => Err(PictureError::UnknownFormat(accept)),
    }
}

/// Whether an upload is text that begins as markup does and has an `<svg` near its start, in UTF-8 or UTF-16.
pub fn looks_like_svg(bytes: &[u8]) -> bool {
    /// Comments of drawing programs may stand before the picture.
    const START: usize = 16 * 1024;
    // UTF-16 of ASCII is ASCII with a NUL beside each letter.
    let start: Vec<u8> = bytes.iter().take(START).copied().filter(|byte| *byte != 0).collect();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let start = start.strip_prefix(b"\xff\xfe").or(start.strip_prefix(b"\xfe\xff")).unwrap_or(start).trim_ascii_start();
    start.starts_with(b"<") && start.windows(4).any(|window| window == b"<svg" || window == b":svg")
}

/// The picture made to fit into a square of `side`, aspect kept; smaller ones stay as they are.
pub fn fit(picture: RgbaImage, side: u32) -> RgbaImage {
    let (width, height) = within(picture.dimensions(), side);
    resize(picture, width, height)
}

/// The middle of the picture as a square of `side`.
pub fn square(picture: &RgbaImage, side: u32) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let shortest = width.min(height);
    let [left, top] = [width, height].map(|length| (length - shortest) / 2);
    resize(imageops::crop_imm(picture, left, top, shortest, shortest).to_image(), side, side)
}

/// The size of a picture made to fit a square of `side`; smaller ones stay as they are.
pub fn within((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    // Rounded to the nearest, and never nothing. Sides are at most 4096, so nothing overflows.
    let scaled = |length: u32| ((length * side + longest / 2) / longest).max(1);
    (scaled(width), scaled(height))
}

/// Resizes without the colour of transparent pixels bleeding into visible ones: `imageops` weighs
/// channels without regard to alpha.
pub fn resize(mut picture: RgbaImage, width: u32, height: u32) -> RgbaImage {
    if picture.dimensions() == (width, height) {
        return picture;
    }
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let weigh = |channel: u8| rounded(u32::from(channel) * u32::from(alpha), 255);
        pixel.0 = [weigh(red), weigh(green), weigh(blue), alpha];
    }
    let mut resized = imageops::resize(&picture, width, height, imageops::FilterType::Lanczos3);
    for pixel in resized.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let unweigh = |channel: u8| rounded(u32::from(channel) * 255, u32::from(alpha).max(1));
        pixel.0 = [unweigh(red), unweigh(green), unweigh(blue), alpha];
    }
    resized
}

fn rounded(dividend: u32, divisor: u32) -> u8 {
    u8::try_from((dividend + divisor / 2) / divisor).unwrap_or(u8::MAX)
}

/// Writes PNG.
///
/// # Errors
/// [`PictureError::Encoding`].
pub fn png(picture: &RgbaImage) -> Result<Vec<u8>, PictureError> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::Rgba8)
        .map_err(PictureError::Encoding)?;
    Ok(png)
}

/// Writes JPEG. What is transparent becomes white.
///
/// # Errors
/// [`PictureError::Encoding`].
pub fn jpeg(picture: &RgbaImage) -> Result<Vec<u8>, PictureError> {
    let mut paper = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([255; 4]));
    imageops::overlay(&mut paper, picture, 0, 0);
    let flat = DynamicImage::from(paper).into_rgb8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .write_image(&flat, flat.width(), flat.height(), image::ExtendedColorType::Rgb8)
        .map_err(PictureError::Encoding)?;
    Ok(jpeg)
}

/// What names a picture in addresses: the first 16 hexadecimal digits of the SHA-256, enough to tell those of one
/// tenant apart.
pub fn hash(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    crate::hex::encode(&Sha256::digest(bytes)[..8])
}

/// The size of a file, in words.
pub(crate) fn size(bytes: usize) -> String {
    Locale::default().bytes(bytes as u64, Rounded::Up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_cut_from_the_middle() {
        let red = Rgba([255, 0, 0, 255]);
        let blue = Rgba([0, 0, 255, 255]);
        let wide = RgbaImage::from_fn(300, 100, |x, _| if (100..200).contains(&x) { red } else { blue });
        let cut = square(&wide, 50);
        assert_eq!(cut.dimensions(), (50, 50));
        assert!(cut.pixels().all(|pixel| *pixel == red));
        assert_eq!(square(&RgbaImage::from_pixel(2, 3, red), 50).dimensions(), (50, 50));
    }

    #[test]
    fn transparent_pixels_of_a_jpeg_are_white() {
        let jpeg = jpeg(&RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]))).unwrap();
        assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
        let read = image::load_from_memory(&jpeg).unwrap().into_rgb8();
        assert!(read.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
    }

    #[test]
    fn svg_is_told_by_its_start() {
        for svg in ["<svg/>", "  <?xml version='1.0'?><!-- x --><svg>", "\u{feff}<svg>", "<s:svg xmlns:s=''/>"] {
            assert!(looks_like_svg(svg.as_bytes()), "{svg}");
        }
        let utf16: Vec<u8> = "\u{feff}<svg/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(looks_like_svg(&utf16));
        for other in ["", "hello <svg", "<html>", "svg"] {
            assert!(!looks_like_svg(other.as_bytes()), "{other}");
        }
    }
}
