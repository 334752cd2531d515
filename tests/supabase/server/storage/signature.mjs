/** Signed URLs: a token that names one object and ends, in the place of a caller. */
import { json } from "../http.mjs";
import { TokenError } from "../jwt.mjs";
import { invalid, StorageError } from "./errors.mjs";
import { checkStorable, requireObject } from "./objects.mjs";

const UPLOAD_SECONDS = 7200;
const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");

function token(server, claims, seconds) {
  const iat = Math.floor(Date.now() / 1000);
  return server.tokens.signSymmetric({ ...claims, iat, exp: iat + seconds });
}

/** `POST /object/sign/{bucket}/{name}`. */
export async function signOne(request, bucket, name) {
  const seconds = expiry(request.body);
  await requireObject(request, bucket, name);
  return json(200, { signedURL: signed(request.server, bucket, name, seconds) });
}

/** `POST /object/sign/{bucket}`: each of the paths that the caller may read. */
export async function signMany(request, bucket) {
  const seconds = expiry(request.body);
  if (!Array.isArray(request.body.paths)) throw invalid("InvalidRequest", "body must have required property 'paths'");
  const answers = [];
  for (const path of request.body.paths) {
    try {
      await requireObject(request, bucket, path);
      answers.push({ error: null, path, signedURL: signed(request.server, bucket, path, seconds) });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      answers.push({
        error: "Either the object does not exist or you do not have access to it",
        path,
        signedURL: null,
      });
    }
  }
  return json(200, answers);
}

function signed(server, bucket, name, seconds) {
  return `/object/sign/${encoded(`${bucket}/${name}`)}?token=${token(server, { url: `${bucket}/${name}` }, seconds)}`;
}

/** `POST /object/upload/sign/{bucket}/{name}`: for who may store it. */
export async function signUpload(request, bucket, name) {
  const upsert = request.message.headers["x-upsert"] === "true";
  await checkStorable(request, bucket, name, upsert);
  const url = `${bucket}/${name}`;
  const signature = token(request.server, { url, upsert, owner: request.owner, upload: true }, UPLOAD_SECONDS);
  return json(200, { url: `/object/upload/sign/${encoded(url)}?token=${signature}`, token: signature });
}

/** The claims of a token for this object. @throws {StorageError} */
export function verify({ server, url }, bucket, name, { upload = false } = {}) {
  let claims;
  try {
    claims = server.tokens.verify(url.searchParams.get("token") ?? "", { skewSeconds: 0 });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const message = error.reason === "expired" ? '"exp" claim timestamp check failed' : error.message;
    throw invalid("InvalidJWT", message);
  }
  // A user's token is signed by the same secret: it names no object.
  if (claims.url !== `${bucket}/${name}` || Boolean(claims.upload) !== upload) {
    throw invalid("InvalidSignature", "Invalid signature");
  }
  return claims;
}

function expiry({ expiresIn }) {
  if (Number.isInteger(expiresIn) && expiresIn > 0) return expiresIn;
  throw invalid("InvalidRequest", "body/expiresIn must be >= 1");
}
