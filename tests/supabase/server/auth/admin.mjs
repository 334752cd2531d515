/** `/admin/users`: for holders of the service role key. */
import { json } from "../http.mjs";
import { AuthError } from "./errors.mjs";
import { hashPassword, requireStrong } from "./password.mjs";
import {
  findUser,
  insertUser,
  isUuid,
  mergeMetadata,
  normalizeEmail,
  requireObject,
  updateUser,
  userJson,
} from "./users.mjs";

const UNITS = { s: 1, m: 60, h: 3600 };

/** `none`, or Go's duration such as `24h` or `1h30m`. @returns {string | null | undefined} end of the ban */
function banEnd(duration) {
  if (duration === undefined) return undefined;
  if (duration === "none") return null;
  if (!/^(\d+[smh])+$/.test(duration)) {
    throw new AuthError(
      400,
      "validation_failed",
      `invalid format for ban duration: time: invalid duration "${duration}"`,
    );
  }
  const seconds = [...duration.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS[unit],
    0,
  );
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** Answers one admin request. `segments` is what follows `/admin/users`. */
export async function handleAdmin(server, { method, body, url }, claims, segments) {
  if (claims.role !== "service_role" && claims.role !== "supabase_admin")
    throw new AuthError(403, "not_admin", "User not allowed");
  if (segments.length === 0) {
    if (method === "POST") return createUser(server, body);
    if (method === "GET") return listUsers(server, url);
  } else if (segments.length === 1) {
    const [id] = segments;
    if (!isUuid(id)) throw new AuthError(404, "validation_failed", "user_id must be an UUID");
    if (method === "GET")
      return json(
        200,
        await server.database.transaction(async (connection) => userJson(connection, await required(connection, id))),
      );
    if (method === "PUT") return changeUser(server, id, body);
    if (method === "DELETE") return deleteUser(server, id, body);
  }
  throw new AuthError(405, "unexpected_failure", `${method} is not allowed here`);
}

async function required(connection, id) {
  const row = await findUser(connection, "id", id);
  if (!row) throw new AuthError(404, "user_not_found", "User not found");
  return row;
}

async function requireFree(connection, email) {
  if (!(await findUser(connection, "email", email))) return;
  throw new AuthError(422, "email_exists", "A user with this email address has already been registered");
}

async function createUser(server, body) {
  const email = normalizeEmail(body.email);
  const hash = await optionalHash(body.password);
  if (body.id !== undefined && !isUuid(body.id))
    throw new AuthError(400, "validation_failed", "ID must conform to the uuid v4 format");
  const user = {
    id: body.id,
    email,
    hash,
    confirmed: body.email_confirm === true,
    role: optionalText(body.role, "role") || undefined,
    appMetadata: requireObject(body.app_metadata, "app_metadata"),
    userMetadata: { ...requireObject(body.user_metadata, "user_metadata"), email_verified: true },
    bannedUntil: banEnd(body.ban_duration),
  };
  return server.database.transaction(async (connection) => {
    await requireFree(connection, email);
    if (body.id && (await findUser(connection, "id", body.id))) {
      throw new AuthError(422, "user_already_exists", "A user with this id has already been registered");
    }
    return json(200, await userJson(connection, await insertUser(connection, user)));
  });
}

async function changeUser(server, id, body) {
  const hash = await optionalHash(body.password);
  const email = body.email === undefined ? undefined : normalizeEmail(body.email);
  return server.database.transaction(async (connection) => {
    const row = await required(connection, id);
    if (email !== undefined && email !== row.email) await requireFree(connection, email);
    const changed = await updateUser(connection, id, {
      email,
      encrypted_password: hash,
      email_confirmed_at: body.email_confirm === true && !row.email_confirmed_at ? new Date().toISOString() : undefined,
      raw_app_meta_data:
        body.app_metadata && mergeMetadata(row.raw_app_meta_data, requireObject(body.app_metadata, "app_metadata")),
      raw_user_meta_data:
        body.user_metadata && mergeMetadata(row.raw_user_meta_data, requireObject(body.user_metadata, "user_metadata")),
      role: optionalText(body.role, "role") || undefined,
      banned_until: banEnd(body.ban_duration),
    });
    return json(200, await userJson(connection, changed));
  });
}

async function deleteUser(server, id, body) {
  return server.database.transaction(async (connection) => {
    await required(connection, id);
    if (body.should_soft_delete === true) {
      await connection.query("update auth.users set deleted_at = now(), email = null where id = $1", [id]);
      await connection.query("delete from auth.sessions where user_id = $1", [id]);
    } else {
      await connection.query("delete from auth.users where id = $1", [id]);
    }
    return json(200, {});
  });
}

async function listUsers(server, url) {
  const number = (name, fallback) => {
    const text = url.searchParams.get(name) || String(fallback);
    if (!/^[1-9]\d{0,5}$/.test(text))
      throw new AuthError(400, "validation_failed", `Bad Pagination Parameters: ${name} must be a positive number`);
    return Number(text);
  };
  const [page, perPage] = [number("page", 1), Math.min(number("per_page", 50), 1000)];
  return server.database.transaction(async (connection) => {
    const total = (await connection.query("select count(*)::int as total from auth.users where deleted_at is null"))
      .rows[0].total;
    const { rows } = await connection.query(
      "select * from auth.users where deleted_at is null order by created_at desc, id limit $1 offset $2",
      [perPage, (page - 1) * perPage],
    );
    const users = [];
    for (const row of rows) users.push(await userJson(connection, row));
    const last = Math.max(1, Math.ceil(total / perPage));
    const link = (number_, rel) => `</admin/users?page=${number_}&per_page=${perPage}>; rel="${rel}"`;
    const links = page < last ? [link(page + 1, "next"), link(last, "last")] : [link(last, "last")];
    return json(200, { users, aud: "authenticated" }, { "X-Total-Count": String(total), Link: links.join(", ") });
  });
}

async function optionalHash(password) {
  const text = optionalText(password, "password");
  if (!text) return undefined;
  requireStrong(text);
  return hashPassword(text);
}

function optionalText(value, name) {
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  throw new AuthError(400, "bad_json", `Could not parse request body as JSON: ${name} must be a string`);
}
