// Lets `node --test tests/supabase/` run every test of this folder; Node takes a folder's index.js as its entry.
import { readdirSync } from "node:fs";

const names = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.mjs"));
for (const name of names.sort()) await import(`./${name}`);
