// What a good JavaScript developer writes without a framework: one parsed URL, one switch, one pattern.
const columns =
  "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,status," +
  "network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

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
  return json(await answer.json());
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
