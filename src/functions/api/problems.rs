//! What a client learns of each error.

use crate::bridge::{Kind, Problem};
use crate::functions::access::Denied;
use crate::functions::artifacts::ArtifactError;
use crate::functions::digest::DigestError;
use crate::functions::draft::Invalid;
use crate::functions::prepare::PrepareError;
use crate::functions::store::StoreError;
use crate::functions::upload::UploadError;

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Problem {
        let problem = match denied {
            Denied::Hidden => Problem::new(Kind::NOT_FOUND),
            Denied::SignIn => Problem::new(Kind::UNAUTHORIZED).with_header("www-authenticate", "Bearer"),
            Denied::Forbidden(_) => Problem::new(Kind::FORBIDDEN),
        };
        problem.with_detail(denied.to_string())
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Problem {
        Problem::new(Kind::INVALID_BODY).with_detail(invalid.0)
    }
}

impl From<DigestError> for Problem {
    fn from(error: DigestError) -> Problem {
        Problem::new(Kind::INVALID_PARAMETER).with_detail(error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        let kind = match &error {
            // The very words for what may not be read.
            StoreError::Gone => return Denied::Hidden.into(),
            StoreError::NameTaken => Kind::NAME_TAKEN,
            StoreError::Functions(_) | StoreError::Bytes(_) | StoreError::Bound(_) => Kind::QUOTA_EXCEEDED,
            StoreError::Stale | StoreError::Repeated => Kind::CONFLICT,
            StoreError::NoVersion(_) => Kind::NOT_FOUND,
            StoreError::SignedOut => {
                return Problem::new(Kind::UNAUTHORIZED)
                    .with_detail(error.to_string())
                    .with_header("www-authenticate", "Bearer error=\"invalid_token\"");
            }
            StoreError::Refused => Kind::FORBIDDEN,
            StoreError::KeyReused => Kind::IDEMPOTENCY_KEY_REUSED,
            StoreError::Busy | StoreError::Unavailable => Kind::UNAVAILABLE,
        };
        let problem = Problem::new(kind).with_detail(error.to_string());
        match error {
            StoreError::Busy => problem.with_header("retry-after", "60"),
            StoreError::Unavailable => problem.with_header("retry-after", "5"),
            _ => problem,
        }
    }
}

impl From<ArtifactError> for Problem {
    fn from(error: ArtifactError) -> Problem {
        let kind = match &error {
            ArtifactError::TooLarge(_) => Kind::BODY_TOO_LARGE,
            ArtifactError::Missing | ArtifactError::Corrupt => Kind::ARTIFACT_CORRUPT,
            ArtifactError::Refused => Kind::FORBIDDEN,
            ArtifactError::Stalled => Kind::REQUEST_TIMEOUT,
            ArtifactError::NoRoom(error) => return (*error).into(),
            ArtifactError::Unavailable => Kind::UNAVAILABLE,
        };
        Problem::new(kind).with_detail(match &error {
            ArtifactError::TooLarge(most) => format!("a module has at most {most} bytes"),
            error => error.to_string(),
        })
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Problem {
        let detail = error.to_string();
        match error {
            UploadError::Digest { .. } => Problem::new(Kind::DIGEST_MISMATCH).with_detail(detail),
            // The platform's own failure, which no author can be sure to mend.
            UploadError::Prepare(PrepareError::Refused(refusal)) if refusal.code == "prepare_failed" => {
                Problem::new(Kind::INTERNAL).with_detail(detail)
            }
            UploadError::NotWasm | UploadError::Prepare(PrepareError::Refused(_)) => {
                Problem::new(Kind::INVALID_MODULE).with_detail(detail)
            }
            UploadError::Prepare(_) => {
                Problem::new(Kind::UNAVAILABLE).with_detail(detail).with_header("retry-after", "5")
            }
            UploadError::NoRoom(error) => error.into(),
            UploadError::Artifact(error) => error.into(),
            UploadError::Store(error) => error.into(),
        }
    }
}
