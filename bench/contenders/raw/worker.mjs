// What a good JavaScript developer writes without a framework: one parsed URL, one switch, one pattern.
const columns =
  "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,status," +
  "network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

const cacheControl = "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400";

const encoder = new TextEncoder();

async function etag(body) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", encoder.encode(body)));
  return `"${Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

const postPath = /^\/users\/([^/]+)\/posts\/([^/]+)$/;

let prefix;
let count = 0;

function respond(body, contentType, status = 200) {
  prefix ??= crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  return new Response(body, {
    status,
    headers: {
      "content-type": contentType,
      "x-request-id": `${prefix}-${(++count).toString(16).padStart(8, "0")}`,
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "x-request-id",
    },
  });
}

function text(body, status) {
  return respond(body, "text/plain; charset=utf-8", status);
}

function json(value) {
  return respond(JSON.stringify(value), "application/json");
}

async function echo(request) {
  const body = await request.text();
  try {
    JSON.parse(body);
  } catch {
    return text("the body is not JSON", 400);
  }
  return respond(body, "application/json");
}

async function typed(request) {
  const bulletin = await request.json();
  bulletin.revision += 1;
  for (const event of bulletin.events) event.status = "reviewed";
  return json(bulletin);
}

async function list(url, env) {
  const limit = Number(url.searchParams.get("limit") ?? 10);
  const query = `select=${columns}&order=origin_time.desc&limit=${limit}`;
  const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/earthquake?${query}`, {
    headers: {
      apikey: env.SUPABASE_ANON_KEY,
      authorization: `Bearer ${env.SUPABASE_ANON_KEY}`,
      accept: "application/json",
    },
  });
  if (!answer.ok) return text("the database gave no usable answer", 502);
  const body = JSON.stringify(await answer.json());
  const response = respond(body, "application/json");
  response.headers.set("age", "0");
  response.headers.set("cache-control", cacheControl);
  response.headers.set("etag", await etag(body));
  return response;
}

export default {
  fetch(request, env) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/hello":
        if (request.method === "GET") return text("Hello from the edge.\n");
        break;
      case "/echo":
        if (request.method === "POST") return echo(request);
        break;
      case "/typed":
        if (request.method === "POST") return typed(request);
        break;
      case "/earthquake/list":
        if (request.method === "GET") return list(url, env);
        break;
      default: {
        const match = postPath.exec(url.pathname);
        if (match && request.method === "GET") {
          const user = decodeURIComponent(match[1]);
          const post = decodeURIComponent(match[2]);
          return json({ user, post, title: `Post ${post} of ${user}`, published: true });
        }
      }
    }
    return text("not found", 404);
  },
};
