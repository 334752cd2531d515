/** Signing and checking of JSON Web Tokens with node:crypto: HS256 by the project's secret, ES256 by its own key. */
import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Why a token was refused. `reason` is `malformed`, `algorithm`, `key`, `signature`, `expired`, `early` or `claims`. */
export class TokenError extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

/** A new ES256 key as a private JWK. */
export function generateSigningKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    ...privateKey.export({ format: "jwk" }),
    kid: randomUUID(),
    alg: "ES256",
    use: "sig",
    key_ops: ["sign", "verify"],
  };
}

/** Signs and verifies for one project. */
export class Tokens {
  #secret;
  #signingKey;
  #publicKey;
  #asymmetric;
  #verified = new Map();

  /** @param {{ secret: string, signingKey: object, asymmetric: boolean }} options */
  constructor({ secret, signingKey, asymmetric }) {
    this.#secret = secret;
    this.#signingKey = signingKey;
    this.#publicKey = createPublicKey({ key: signingKey, format: "jwk" });
    this.#asymmetric = asymmetric;
  }

  /** The public half, as `/.well-known/jwks.json` shows it. */
  jwks() {
    const { kty, crv, x, y, kid, alg, use } = this.#signingKey;
    return { keys: [{ kty, crv, x, y, kid, alg, use, key_ops: ["verify"], ext: true }] };
  }

  /** Signs a user's token, by ES256 if the project is asymmetric. */
  sign(claims) {
    return this.#asymmetric ? this.signAsymmetric(claims) : this.signSymmetric(claims);
  }

  /** Signs by HS256; the API keys are always of this kind. */
  signSymmetric(claims) {
    const input = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    return `${input}.${createHmac("sha256", this.#secret).update(input).digest("base64url")}`;
  }

  /** Signs by ES256. */
  signAsymmetric(claims) {
    const input = `${encode({ alg: "ES256", kid: this.#signingKey.kid, typ: "JWT" })}.${encode(claims)}`;
    const key = { key: this.#signingKey, format: "jwk", dsaEncoding: "ieee-p1363" };
    return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
  }

  /** Returns the claims of a valid token. @throws {TokenError} */
  verify(token, { skewSeconds = 30 } = {}) {
    let claims = this.#verified.get(token);
    if (!claims) {
      claims = this.#check(token);
      if (this.#verified.size >= 1000) this.#verified.clear();
      this.#verified.set(token, claims);
    }
    const now = Date.now() / 1000;
    if (typeof claims.exp === "number" && now > claims.exp + skewSeconds)
      throw new TokenError("expired", "JWT expired");
    if (typeof claims.nbf === "number" && now < claims.nbf - skewSeconds)
      throw new TokenError("early", "JWT not yet valid");
    if (typeof claims.iat === "number" && now < claims.iat - skewSeconds)
      throw new TokenError("early", "JWT issued at future");
    return claims;
  }

  #check(token) {
    const parts = token.split(".");
    if (parts.length !== 3) throw new TokenError("malformed", `Expected 3 parts in JWT; got ${parts.length}`);
    const [header, claims] = [parseObject(parts[0]), parseObject(parts[1])];
    const signature = Buffer.from(parts[2], "base64url");
    const input = `${parts[0]}.${parts[1]}`;
    // The algorithm chooses the key, never the other way round: a token can't have the public key used as a secret.
    if (header.alg === "HS256") {
      const expected = createHmac("sha256", this.#secret).update(input).digest();
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw badSignature();
    } else if (header.alg === "ES256") {
      if (header.kid !== undefined && header.kid !== this.#signingKey.kid) throw badSignature();
      const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" };
      if (!verify("sha256", Buffer.from(input), key, signature)) throw badSignature();
    } else {
      throw new TokenError("algorithm", "Wrong or unsupported encoding algorithm");
    }
    for (const name of ["exp", "nbf", "iat"]) {
      if (claims[name] !== undefined && typeof claims[name] !== "number") {
        throw new TokenError("claims", `The JWT '${name}' claim must be a number`);
      }
    }
    return claims;
  }
}

const badSignature = () => new TokenError("key", "No suitable key or wrong key type");

function parseObject(part) {
  try {
    const value = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Answered below.
  }
  throw new TokenError("malformed", "JWT cryptographic operation failed");
}
