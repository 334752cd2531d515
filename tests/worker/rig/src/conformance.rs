//! The suites of the stores, against the host's own and against Supabase's.

use hashi::bridge::extract::{Json, Path};
use hashi::bridge::{Context, Kind, Problem, Response};
use hashi::executor::history::conformance as history;
use hashi::functions::artifacts::{R2, conformance as artifacts};
use hashi::functions::store::schedules::conformance as schedules;
use hashi::functions::store::{D1, conformance as store};

use crate::everyone::Everyone;

/// The names of a suite's cases.
pub async fn cases(Path(suite): Path<String>) -> Result<Json<Vec<&'static str>>, Problem> {
    match suite.as_str() {
        "d1" | "supabase" => Ok(Json(store::CASES.to_vec())),
        "d1-schedules" | "supabase-schedules" => Ok(Json(schedules::CASES.to_vec())),
        "d1-history" | "supabase-history" => Ok(Json(history::CASES.to_vec())),
        "r2" | "supabase-storage" => Ok(Json(artifacts::CASES.to_vec())),
        _ => Err(Problem::new(Kind::NOT_FOUND)),
    }
}

/// Runs a case: 204, or 500 with what was expected.
pub async fn run(Path((suite, case)): Path<(String, String)>, context: Context) -> Result<Response, Problem> {
    let failed = |reason: String| Problem::new(Kind::INTERNAL).with_detail(reason);
    let everyone = || Everyone::open(context.env()).map_err(|error| failed(error.to_string()));
    let outcome = match suite.as_str() {
        "supabase" => store::run(&case, &everyone()?).await,
        "supabase-schedules" => schedules::run(&case, &everyone()?).await,
        "supabase-history" => history::run(&case, &everyone()?).await,
        "supabase-storage" => {
            let storage = everyone()?.own_storage().await.map_err(|error| failed(error.to_string()))?;
            artifacts::run(&case, &storage).await
        }
        "d1" => store::run(&case, &D1::open(context.env()).map_err(|error| failed(error.to_string()))?).await,
        "d1-schedules" => {
            schedules::run(&case, &D1::open(context.env()).map_err(|error| failed(error.to_string()))?).await
        }
        "d1-history" => history::run(&case, &D1::open(context.env()).map_err(|error| failed(error.to_string()))?).await,
        "r2" => artifacts::run(&case, &R2::open(context.env()).map_err(|error| failed(error.to_string()))?).await,
        _ => return Err(Problem::new(Kind::NOT_FOUND)),
    };
    outcome.map(|()| Response::no_content()).map_err(failed)
}
