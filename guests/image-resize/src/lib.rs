//! Resizes, crops and rotates images: functions that are called with arguments.

mod picture;

wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "example:images/image-resize", generate_all });

use image::imageops::FilterType;
use picture::Picture;

/// Pixels of the largest result, which is held in memory with four bytes for each.
const MOST_PIXELS: u64 = 16_000_000;

struct ImageResize;

impl Guest for ImageResize {
    fn resize(image: Vec<u8>, width: u32, height: u32) -> Result<Vec<u8>, String> {
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(format!(
                "{width} x {height}: width and height must be at least 1, and at most {MOST_PIXELS} pixels together"
            ));
        }
        Picture::decode(&image)?.change(|picture| picture.resize_exact(width, height, FilterType::CatmullRom))
    }

    fn crop(image: Vec<u8>, x: u32, y: u32, width: u32, height: u32) -> Result<Vec<u8>, String> {
        let picture = Picture::decode(&image)?;
        let (wide, high) = picture.size();
        let within =
            |from: u32, length: u32, most: u32| length > 0 && from.checked_add(length).is_some_and(|end| end <= most);
        if !within(x, width, wide) || !within(y, height, high) {
            return Err(format!(
                "{width} x {height} at {x}, {y} is empty or not within the image, which is {wide} x {high}"
            ));
        }
        picture.change(|picture| picture.crop_imm(x, y, width, height))
    }

    fn rotate(image: Vec<u8>, degrees: u32) -> Result<Vec<u8>, String> {
        let picture = Picture::decode(&image)?;
        match degrees {
            90 => picture.change(|picture| picture.rotate90()),
            180 => picture.change(|picture| picture.rotate180()),
            270 => picture.change(|picture| picture.rotate270()),
            _ => Err(format!("{degrees}: degrees must be 90, 180 or 270")),
        }
    }
}

export!(ImageResize);

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GenericImageView, ImageFormat, ImageReader, Rgba};
    use std::io::Cursor;

    /// Red at the top left, blue at the bottom right.
    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut picture = DynamicImage::new_rgb8(40, 20).to_rgb8();
        picture.enumerate_pixels_mut().for_each(|(x, y, pixel)| {
            pixel.0 = if x < 20 && y < 10 { [255, 0, 0] } else { [0, 0, 255] };
        });
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn opened(bytes: &[u8], format: ImageFormat) -> DynamicImage {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().unwrap();
        assert_eq!(reader.format(), Some(format));
        reader.decode().unwrap()
    }

    fn is_red(Rgba([red, green, blue, _]): Rgba<u8>) -> bool {
        red > 200 && green < 60 && blue < 60
    }

    #[test]
    fn each_function_keeps_the_format_and_changes_the_picture() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bytes = picture(format);
            let small = opened(&ImageResize::resize(bytes.clone(), 8, 16).unwrap(), format);
            assert_eq!(small.dimensions(), (8, 16));
            assert!(is_red(small.get_pixel(1, 1)) && !is_red(small.get_pixel(7, 15)));
            let cut = opened(&ImageResize::crop(bytes.clone(), 0, 0, 10, 5).unwrap(), format);
            assert_eq!(cut.dimensions(), (10, 5));
            assert!(is_red(cut.get_pixel(5, 2)));
            let turned = opened(&ImageResize::rotate(bytes, 90).unwrap(), format);
            assert_eq!(turned.dimensions(), (20, 40));
            assert!(is_red(turned.get_pixel(18, 2)) && !is_red(turned.get_pixel(2, 38)));
        }
    }

    #[test]
    fn what_can_not_be_done_is_said() {
        let bytes = picture(ImageFormat::Png);
        let error = |result: Result<Vec<u8>, String>| result.unwrap_err();
        assert!(
            error(ImageResize::resize(bytes.clone(), 0, 5)).starts_with("0 x 5: width and height must be at least 1")
        );
        assert!(error(ImageResize::resize(bytes.clone(), 65_535, 65_535)).contains("at most 16000000 pixels"));
        assert_eq!(
            error(ImageResize::crop(bytes.clone(), 30, 0, 11, 5)),
            "11 x 5 at 30, 0 is empty or not within the image, which is 40 x 20"
        );
        assert!(error(ImageResize::crop(bytes.clone(), u32::MAX, 0, 2, 2)).contains("not within the image"));
        assert_eq!(error(ImageResize::rotate(bytes, 45)), "45: degrees must be 90, 180 or 270");
        assert!(error(ImageResize::rotate(b"GIF89a".to_vec(), 90)).starts_with("not a PNG or JPEG image"));
        assert!(error(ImageResize::rotate(b"\x89PNG\r\n\x1a\n".to_vec(), 90)).starts_with("the image can't be read: "));
    }
}
