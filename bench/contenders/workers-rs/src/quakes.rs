//! The list of earthquakes, read into rows and written again.

use std::hash::{DefaultHasher, Hasher};

use serde::{Deserialize, Serialize};
use worker::{Fetch, Headers, Method, Request, RequestInit, Response, Result, RouteContext};

const COLUMNS: &str = "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,status,\
                       network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

#[derive(Deserialize, Serialize)]
struct Earthquake {
    event_id: String,
    origin_time: String,
    updated_at: String,
    magnitude: Option<f64>,
    magnitude_type: Option<String>,
    depth_km: Option<f64>,
    latitude: f64,
    longitude: f64,
    place: Option<String>,
    event_type: String,
    status: String,
    network: String,
    tsunami: bool,
    significance: Option<i32>,
    felt: Option<i32>,
    cdi: Option<f64>,
    mmi: Option<f64>,
    alert: Option<String>,
    station_count: Option<i32>,
    azimuthal_gap: Option<f64>,
    rms: Option<f64>,
}

/// The newest events.
pub async fn list(request: Request, context: RouteContext<()>) -> Result<Response> {
    let url = request.url()?;
    let limit = url.query_pairs().find(|(name, _)| name == "limit").map_or("10".into(), |(_, value)| value);
    let Ok(limit) = limit.parse::<u32>() else { return Response::error("limit: expected a number", 400) };
    let key = context.var("SUPABASE_ANON_KEY")?.to_string();
    let headers = Headers::new();
    headers.set("apikey", &key)?;
    headers.set("authorization", &format!("Bearer {key}"))?;
    headers.set("accept", "application/json")?;
    let base = context.var("SUPABASE_URL")?.to_string();
    let url = format!("{base}/rest/v1/earthquake?select={COLUMNS}&order=origin_time.desc&limit={limit}");
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let mut answer = Fetch::Request(Request::new_with_init(&url, &init)?).send().await?;
    let rows: Vec<Earthquake> = answer.json().await?;
    let body = serde_json::to_string(&rows)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(body.as_bytes());
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("age", "0")?;
    headers.set("cache-control", "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400")?;
    headers.set("etag", &format!("\"{:016x}\"", hasher.finish()))?;
    Ok(Response::ok(body)?.with_headers(headers))
}
