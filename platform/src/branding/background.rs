//! What stands behind the sign-in page.

use std::sync::Arc;

use crate::picture::{self, Accept, PictureError};

/// Longest side of the stored picture, in pixels.
pub const BACKGROUND_SIDE: u32 = 1600;

/// What stands behind the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Background {
    /// The plain ground of all pages.
    #[default]
    None,
    /// A breath of the accent.
    Tint,
    /// The picture of this hash. Its bytes are fetched by [`super::background_jpeg`].
    Picture(Arc<str>),
}

impl Background {
    /// The word in the database and in the form.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tint => "tint",
            Self::Picture(_) => "picture",
        }
    }
}

/// A picture that is safe to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackgroundPicture {
    /// The picture as JPEG, at most [`BACKGROUND_SIDE`] pixels a side, aspect kept.
    pub jpeg: Vec<u8>,
    /// Names the bytes.
    pub hash: Arc<str>,
}

impl BackgroundPicture {
    /// Reads an upload and draws it anew. Takes up to about a second of processor time and 200 MiB, so call it through
    /// [`picture::apart`].
    ///
    /// # Errors
    /// A [`PictureError`] that says what is wrong with the upload and what would be right.
    pub fn from_upload(bytes: &[u8]) -> Result<Self, PictureError> {
        let jpeg = picture::jpeg(&picture::fit(picture::decode(bytes, Accept::Pixels)?, BACKGROUND_SIDE))?;
        let hash = picture::hash(&jpeg).into();
        Ok(Self { jpeg, hash })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn upload(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbaImage::from_pixel(width, height, Rgba([20, 90, 160, 255])).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn is_made_to_fit_and_named_by_its_content() {
        let large = BackgroundPicture::from_upload(&upload(2000, 500)).unwrap();
        let drawn = image::load_from_memory(&large.jpeg).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (1600, 400));
        let small = BackgroundPicture::from_upload(&upload(40, 20)).unwrap();
        assert_ne!(small.hash, large.hash);
        assert_eq!(BackgroundPicture::from_upload(&upload(40, 20)).unwrap(), small);
    }

    #[test]
    fn an_svg_is_none() {
        let found = BackgroundPicture::from_upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap_err();
        assert_eq!(found.to_string(), "The file is an SVG. Use a PNG, JPEG or WebP file.");
    }
}
