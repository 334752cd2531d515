//! The text format, for tools.

use std::borrow::Cow;

use crate::Refusal;

/// The binary format of a module or component in the text format; what is binary already stays as it is.
///
/// # Errors
/// [`Refusal::Text`] with line and column if it is neither.
pub fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    // What isn't even UTF-8 is left to the check that says what it looks like.
    let begins_as_text = bytes.trim_ascii_start().first().is_some_and(|first| matches!(first, b'(' | b';'));
    if !begins_as_text {
        return Ok(Cow::Borrowed(bytes));
    }
    wat::parse_bytes(bytes).map_err(|error| Refusal::Text { message: error.to_string() })
}
