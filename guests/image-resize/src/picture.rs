use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Bytes that decoding may take: an image of few bytes can claim to be of any size.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// An image and the format that it came in.
pub struct Picture {
    pixels: DynamicImage,
    format: ImageFormat,
}

impl Picture {
    /// Reads an image and sets it upright.
    pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("the image can't be read: {error}");
        let format =
            image::guess_format(bytes).ok().filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg));
        let format = format.ok_or_else(|| format!("not a PNG or JPEG image ({} bytes)", bytes.len()))?;
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|error| wrong(&error))?;
        let orientation = decoder.orientation().map_err(|error| wrong(&error))?;
        let mut pixels = DynamicImage::from_decoder(decoder).map_err(|error| wrong(&error))?;
        pixels.apply_orientation(orientation);
        Ok(Picture { pixels, format })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }

    /// Changes the image and writes it in the format that it came in.
    pub fn change(self, change: impl Fn(&DynamicImage) -> DynamicImage) -> Result<Vec<u8>, String> {
        let changed = change(&self.pixels);
        let mut bytes = Cursor::new(Vec::new());
        changed.write_to(&mut bytes, self.format).map_err(|error| format!("the result can't be written: {error}"))?;
        Ok(bytes.into_inner())
    }
}
