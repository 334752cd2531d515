import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { parseArgs } from "node:util";
import { probes } from "./probes.mjs";

const usage = "npm run smoke -- --url https://hashi.example.workers.dev [--timeout SECONDS]";

function options() {
  try {
    const { values } = parseArgs({ options: { url: { type: "string" }, timeout: { type: "string", default: "15" } } });
    if (!values.url) throw new Error("--url is missing: which deployment?");
    const url = new URL(values.url);
    if (!/^https?:$/.test(url.protocol)) throw new Error(`--url takes an http or https address, not ${values.url}`);
    const timeout = Number(values.timeout) * 1000;
    if (!(timeout > 0)) throw new Error(`--timeout takes seconds, not ${values.timeout}`);
    return { url, timeout };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

const { url, timeout } = options();

/**
 * One request, with the path exactly as it is written: fetch would mend a malformed escape before it leaves.
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string> }} init
 */
function get(path, { method = "GET", headers = {} } = {}) {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const base = url.pathname.replace(/\/$/, "");
    const port = url.port || undefined;
    const asked = request({ hostname: url.hostname.replace(/^\[|\]$/g, ""), port, path: base + path, method, headers });
    asked.setTimeout(timeout, () => asked.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asked.on("error", reject);
    asked.on("response", async (response) => {
      try {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        const fields = new Headers();
        for (const [name, value] of Object.entries(response.headers)) fields.set(name, String(value));
        resolve({ status: response.statusCode, headers: fields, text: Buffer.concat(chunks).toString() });
      } catch (error) {
        reject(error);
      }
    });
    asked.end();
  });
}

const results = await Promise.all(
  probes.map(async (probe) => {
    const began = performance.now();
    try {
      const note = await probe.run(get);
      return { probe, note, time: performance.now() - began };
    } catch (error) {
      return {
        probe,
        problem: error.code === "ERR_ASSERTION" ? `expected ${error.message.split("\n")[0]}` : error.message,
      };
    }
  }),
);
for (const { probe, note, problem, time } of results) {
  const text = problem ?? `${Math.round(time)} ms${note ? `, ${note}` : ""}`;
  console.log(`  ${problem ? "✗" : "✓"} ${probe.name.padEnd(40)} ${text}`);
}
const failed = results.filter((result) => result.problem).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
