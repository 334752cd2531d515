/** The `Prefer` header: what is asked for, and what `Preference-Applied` says was done. */
import { RestError } from "./errors.mjs";

const KNOWN = {
  return: ["representation", "minimal", "headers-only"],
  count: ["exact", "planned", "estimated"],
  resolution: ["merge-duplicates", "ignore-duplicates"],
  missing: ["default", "null"],
  tx: ["commit", "rollback"],
  handling: ["strict", "lenient"],
};

/** @param {string} [header] */
export function parsePreferences(header = "") {
  const found = { applied: [] };
  const invalid = [];
  for (const part of header
    .split(",")
    .map((text) => text.trim())
    .filter(Boolean)) {
    const [name, value = ""] = part.split("=").map((text) => text.trim());
    if (Object.hasOwn(KNOWN, name) && KNOWN[name].includes(value)) found[name] ??= value;
    else if (name === "max-affected" && /^\d+$/.test(value)) found.maxAffected = Number(value);
    else if (name === "timezone" && isTimezone(value)) found.timezone = value;
    else invalid.push(part);
  }
  if (found.handling === "strict" && invalid.length > 0) {
    throw new RestError(400, "PGRST122", "Invalid preferences given with handling=strict", {
      details: `Invalid preferences: ${invalid.join(", ")}`,
    });
  }
  return found;
}

function isTimezone(name) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The `Preference-Applied` value for the preferences that this kind of request honours. */
export function appliedPreferences(preferences, names) {
  const parts = names.filter((name) => preferences[name] !== undefined).map((name) => `${name}=${preferences[name]}`);
  if (preferences.handling === "strict" && preferences.maxAffected !== undefined && names.includes("max-affected")) {
    parts.push(`max-affected=${preferences.maxAffected}`);
  }
  return parts.join(", ");
}
