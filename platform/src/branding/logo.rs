//! A tenant's logo, from the bytes that an admin uploads.
//!
//! What is stored and served is never the upload itself but a picture drawn anew: no metadata (a
//! photograph's place), no bytes that another program would read as something else.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops,
};
use thiserror::Error;

/// Largest upload, in bytes (2 MB).
pub const MAX_UPLOAD_BYTES: usize = 2_000_000;
/// Longest side of an upload, in pixels.
pub const MAX_UPLOAD_SIDE: u32 = 4096;
/// Longest side of the stored logo, in pixels.
pub const LOGO_SIDE: u32 = 512;
/// Each side of the favicon, in pixels.
pub const FAVICON_SIDE: u32 = 64;

/// Memory that decoding may take, in bytes: the largest allowed picture with 16 bits a channel takes
/// 128 MiB.
const MAX_DECODING_MEMORY: u64 = 160 * 1024 * 1024;

/// A logo that is safe to serve, with the favicon made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The logo as PNG, at most [`LOGO_SIDE`] pixels a side, aspect kept.
    pub png: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The logo in the middle of a transparent square of [`FAVICON_SIDE`] pixels, as PNG.
    pub favicon: Vec<u8>,
}

/// Why an upload is not a logo, in words for the person who uploaded it.
#[derive(Debug, Error)]
pub enum LogoError {
    /// No bytes.
    #[error("Choose a picture: a PNG, JPEG or WebP file.")]
    Empty,
    /// More than [`MAX_UPLOAD_BYTES`].
    #[error("The file has {} MB. Use one of at most {} MB.", megabytes(*.0), megabytes(MAX_UPLOAD_BYTES))]
    TooManyBytes(usize),
    /// A known kind of file, but not one of the three.
    #[error("The file is {0}. Use a PNG, JPEG or WebP file.")]
    OtherFormat(&'static str),
    /// Nothing that is known.
    #[error("The file is not a picture that can be read. Use a PNG, JPEG or WebP file.")]
    UnknownFormat,
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

impl Logo {
    /// Reads an upload and draws the logo and the favicon. The kind of file is told by its bytes, not
    /// by its name. Takes up to about a second of processor time and 200 MiB, so call it off the
    /// asynchronous threads and few at a time.
    ///
    /// # Errors
    /// A [`LogoError`] that says what is wrong with the upload and what would be right.
    pub fn from_upload(bytes: &[u8]) -> Result<Self, LogoError> {
        let format = sniff(bytes)?;
        let picture = decode(bytes, format)?;
        let (width, height) = within(picture.dimensions(), LOGO_SIDE);
        let logo = resize(picture, width, height);
        let (icon_width, icon_height) = within((width, height), FAVICON_SIDE);
        let icon = resize(logo.clone(), icon_width, icon_height);
        let mut favicon = RgbaImage::new(FAVICON_SIDE, FAVICON_SIDE);
        let [left, top] = [icon_width, icon_height].map(|side| (FAVICON_SIDE - side) / 2);
        imageops::replace(&mut favicon, &icon, left.into(), top.into());
        Ok(Self { png: encode(&logo)?, width, height, favicon: encode(&favicon)? })
    }
}

fn sniff(bytes: &[u8]) -> Result<ImageFormat, LogoError> {
    if bytes.is_empty() {
        return Err(LogoError::Empty);
    }
    if bytes.len() > MAX_UPLOAD_BYTES {
        return Err(LogoError::TooManyBytes(bytes.len()));
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => Ok(format),
        Ok(ImageFormat::Gif) => Err(LogoError::OtherFormat("a GIF")),
        Ok(ImageFormat::Bmp) => Err(LogoError::OtherFormat("a BMP")),
        Ok(ImageFormat::Tiff) => Err(LogoError::OtherFormat("a TIFF")),
        Ok(ImageFormat::Ico) => Err(LogoError::OtherFormat("an icon file")),
        Ok(ImageFormat::Avif) => Err(LogoError::OtherFormat("an AVIF")),
        _ if bytes.starts_with(b"%PDF") => Err(LogoError::OtherFormat("a PDF")),
        _ if is_svg(bytes) => Err(LogoError::OtherFormat("an SVG")),
        _ => Err(LogoError::UnknownFormat),
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    start.windows(4).any(|window| window == b"<svg")
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<RgbaImage, LogoError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODING_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(LogoError::Damaged)?;
    // Told before the pixels are decoded: a small file can hold a picture of gigabytes.
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_UPLOAD_SIDE {
        return Err(LogoError::TooManyPixels { width, height });
    }
    limits.reserve(decoder.total_bytes()).and_then(|()| decoder.set_limits(limits)).map_err(LogoError::Damaged)?;
    let orientation = decoder.orientation().map_err(LogoError::Damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(LogoError::Damaged)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// The size of a picture made to fit a square of `side`; smaller ones stay as they are.
fn within((width, height): (u32, u32), side: u32) -> (u32, u32) {
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
fn resize(mut picture: RgbaImage, width: u32, height: u32) -> RgbaImage {
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

fn encode(picture: &RgbaImage) -> Result<Vec<u8>, LogoError> {
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::Rgba8)
        .map_err(LogoError::Encoding)?;
    Ok(png)
}

/// Bytes as megabytes with one digit, rounded up, so that "2.0" is not said of more than 2.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100_000);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

#[cfg(test)]
mod tests;
