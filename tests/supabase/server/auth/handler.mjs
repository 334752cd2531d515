/** `/auth/v1`: sign-up, password sign-in, refresh, the signed-in user, sign-out, administration of users. */
import { json, readBody } from "../http.mjs";
import { TokenError } from "../jwt.mjs";
import { handleAdmin } from "./admin.mjs";
import { AuthError } from "./errors.mjs";
import { checkPassword, hashPassword, requireStrong } from "./password.mjs";
import { endSessions, refreshSession, requireNotBanned, startSession } from "./sessions.mjs";
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

const PROVIDERS = [
  "anonymous_users",
  "apple",
  "azure",
  "bitbucket",
  "discord",
  "facebook",
  "github",
  "gitlab",
  "google",
  "phone",
];

/** Answers one request. Parameters as for the REST API. */
export async function handleAuth(server, message, url, path) {
  try {
    const request = {
      method: message.method,
      url,
      body: await readObject(message),
      authorization: message.headers.authorization,
    };
    const answer = await route(server, request, path.join("/"));
    if (answer instanceof AuthError) throw answer;
    return answer;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return error.answer(message.headers["x-supabase-api-version"]);
  }
}

async function readObject(message) {
  if (message.method === "GET" || message.method === "HEAD") return {};
  const text = await readBody(message);
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value) && !text.includes("\\u0000")) return value;
  } catch {
    // Answered below.
  }
  throw new AuthError(400, "bad_json", "Could not parse request body as JSON");
}

async function route(server, request, path) {
  const { method, url } = request;
  const [first, second, ...rest] = path.split("/");
  if (first === "admin" && second === "users") return handleAdmin(server, request, bearerClaims(server, request), rest);
  switch (`${method} ${path}`) {
    case "GET .well-known/jwks.json":
      return json(200, server.tokens.jwks(), { "Cache-Control": "public, max-age=600" });
    case "GET health":
      return json(200, {
        version: "local",
        name: "GoTrue",
        description: "The part of GoTrue that the local Supabase has",
      });
    case "GET settings":
      return json(200, settings());
    case "POST signup":
      return signUp(server, request.body);
    case "POST token":
      return token(server, request.body, url.searchParams.get("grant_type"));
    case "GET user":
      return asUser(server, request, async (connection, row) => json(200, await userJson(connection, row)));
    case "PUT user":
      return changeSelf(server, request);
    case "POST logout":
      return asUser(server, request, async (connection, row, claims) => {
        await endSessions(connection, row.id, claims.session_id, url.searchParams.get("scope") ?? "global");
        return { status: 204, headers: {}, body: "" };
      });
    default:
      return json(404, { code: 404, error_code: "not_found", msg: "404 page not found" });
  }
}

function settings() {
  const external = Object.fromEntries(PROVIDERS.map((name) => [name, false]));
  return {
    external: { ...external, email: true },
    disable_signup: false,
    mailer_autoconfirm: true,
    phone_autoconfirm: false,
    sms_provider: "",
    saml_enabled: false,
  };
}

async function signUp(server, { email, password, data }) {
  if (!email && !password) throw new AuthError(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled");
  if (typeof password !== "string" || password === "") {
    throw new AuthError(400, "validation_failed", "Signup requires a valid password");
  }
  const address = normalizeEmail(email);
  requireStrong(password);
  const hash = await hashPassword(password);
  const metadata = requireObject(data, "data");
  return server.database.transaction(async (connection) => {
    if (await findUser(connection, "email", address))
      throw new AuthError(422, "user_already_exists", "User already registered");
    const user = await insertUser(connection, {
      email: address,
      hash,
      confirmed: true,
      appMetadata: {},
      userMetadata: metadata,
    });
    const userMetadata = { ...metadata, sub: user.id, email: address, email_verified: true, phone_verified: false };
    await updateUser(connection, user.id, { raw_user_meta_data: userMetadata });
    return json(200, await startSession(server, connection, user));
  });
}

async function token(server, body, grant) {
  if (grant === "password") return signIn(server, body);
  if (grant !== "refresh_token") throw new AuthError(400, "invalid_credentials", "unsupported_grant_type");
  if (typeof body.refresh_token !== "string" || body.refresh_token === "") {
    throw new AuthError(400, "validation_failed", "refresh_token required");
  }
  const result = await server.database.transaction((connection) =>
    refreshSession(server, connection, body.refresh_token),
  );
  return result instanceof AuthError ? result : json(200, result);
}

async function signIn(server, { email, password }) {
  if (typeof email !== "string" || email === "")
    throw new AuthError(400, "validation_failed", "missing email or phone");
  const found = await findUser(server.database, "email", email.toLowerCase());
  const correct = await checkPassword(typeof password === "string" ? password : "", found?.encrypted_password);
  if (!found || !correct) throw new AuthError(400, "invalid_credentials", "Invalid login credentials");
  requireNotBanned(found);
  if (!found.email_confirmed_at) throw new AuthError(400, "email_not_confirmed", "Email not confirmed");
  return server.database.transaction(async (connection) => json(200, await startSession(server, connection, found)));
}

function bearerClaims(server, { authorization }) {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1];
  if (!bearer) throw new AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token");
  try {
    return server.tokens.verify(bearer, { skewSeconds: 0 });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const cause = error.reason === "expired" ? "token has invalid claims: token is expired" : error.message;
    throw new AuthError(403, "bad_jwt", `invalid JWT: unable to parse or verify signature, ${cause}`);
  }
}

/** Runs `work` for the user and session that the bearer token names; both must still exist. */
async function asUser(server, request, work) {
  const claims = bearerClaims(server, request);
  if (!isUuid(claims.sub)) throw new AuthError(403, "bad_jwt", "invalid claim: missing sub claim");
  return server.database.transaction(async (connection) => {
    const row = await findUser(connection, "id", claims.sub);
    if (!row) throw new AuthError(403, "user_not_found", "User from sub claim in JWT does not exist");
    if (claims.session_id !== undefined) {
      const found =
        isUuid(claims.session_id) &&
        (await connection.query("select from auth.sessions where id = $1", [claims.session_id])).rows.length > 0;
      if (!found) throw new AuthError(403, "session_not_found", "Session from session_id claim in JWT does not exist");
    }
    return work(connection, row, claims);
  });
}

async function changeSelf(server, request) {
  const { email, password, data } = request.body;
  const address = email === undefined || email === "" ? undefined : normalizeEmail(email);
  if (password !== undefined) {
    if (typeof password !== "string")
      throw new AuthError(400, "bad_json", "Could not parse request body as JSON: password must be a string");
    requireStrong(password);
  }
  const hash = password && (await hashPassword(password));
  return asUser(server, request, async (connection, row) => {
    if (password && (await checkPassword(password, row.encrypted_password))) {
      throw new AuthError(422, "same_password", "New password should be different from the old password.");
    }
    if (address !== undefined && address !== row.email && (await findUser(connection, "email", address))) {
      throw new AuthError(422, "email_exists", "A user with this email address has already been registered");
    }
    const changed = await updateUser(connection, row.id, {
      email: address,
      encrypted_password: hash,
      raw_user_meta_data:
        data === undefined ? undefined : mergeMetadata(row.raw_user_meta_data, requireObject(data, "data")),
    });
    return json(200, await userJson(connection, changed));
  });
}
