// Hono as its documentation shows it, with supabase-js for the list. The response headers are set before the handler
// runs, which is the cheaper order in Hono: set afterwards, each would be written into a finished Response.
import { createClient } from "@supabase/supabase-js";
import { Hono } from "hono";
import { etag } from "hono/etag";

const columns =
  "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,status," +
  "network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

let prefix;
let count = 0;
let supabase;

const app = new Hono();

app.use(async (c, next) => {
  prefix ??= crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  c.header("x-request-id", `${prefix}-${(++count).toString(16).padStart(8, "0")}`);
  c.header("access-control-allow-origin", "*");
  c.header("access-control-expose-headers", "x-request-id");
  await next();
});

app.get("/hello", (c) => c.text("Hello from the edge.\n"));

app.get("/users/:id/posts/:post", (c) => {
  const { id: user, post } = c.req.param();
  return c.json({ user, post, title: `Post ${post} of ${user}`, published: true });
});

app.post("/echo", async (c) => {
  const body = await c.req.text();
  try {
    JSON.parse(body);
  } catch {
    return c.text("the body is not JSON", 400);
  }
  return c.body(body, 200, { "content-type": "application/json" });
});

app.post("/typed", async (c) => {
  const bulletin = await c.req.json();
  bulletin.revision += 1;
  for (const event of bulletin.events) event.status = "reviewed";
  return c.json(bulletin);
});

app.get("/earthquake/list", etag(), async (c) => {
  c.header("age", "0");
  c.header("cache-control", "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400");
  supabase ??= createClient(c.env.SUPABASE_URL, c.env.SUPABASE_ANON_KEY);
  const limit = Number(c.req.query("limit") ?? 10);
  const newest = supabase.from("earthquake").select(columns).order("origin_time", { ascending: false }).limit(limit);
  const { data, error } = await newest;
  if (error) return c.text("the database gave no usable answer", 502);
  return c.json(data);
});

export default app;
