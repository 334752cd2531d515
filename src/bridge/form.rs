//! Form bodies.

use serde::de::DeserializeOwned;

use super::extract::{DEFAULT_LIMIT, ExtractBody, require_content_type};
use super::{Kind, Problem, Request, body, pairs};

/// An `application/x-www-form-urlencoded` body of at most `LIMIT` bytes as a serde type.
#[derive(Clone, Debug)]
pub struct Form<T, const LIMIT: usize = DEFAULT_LIMIT>(pub T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> ExtractBody for Form<T, LIMIT> {
    async fn extract_body(request: Request) -> Result<Self, Problem> {
        const WANTED: &str = "application/x-www-form-urlencoded";
        require_content_type(&request, WANTED, |essence| essence == WANTED)?;
        let bytes = body::read(&request, LIMIT).await?;
        let invalid = |detail: String| Problem::new(Kind::INVALID_BODY).with_detail(detail);
        let text = std::str::from_utf8(&bytes).map_err(|_| invalid("the form is not UTF-8".to_owned()))?;
        let pairs = pairs::parse(text).map_err(|error| invalid(error.to_string()))?;
        pairs::decode(&pairs).map(Form).map_err(|error| invalid(error.to_string()))
    }
}
