// Serves folders of the repository to a browser: for the browser database's tests, benchmark and demo.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { root } from "../setup/paths.mjs";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** With these a page may share memory between its threads, which some of the benchmark's contenders need. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** The path that an address means, or undefined if it means none: a % without its digits, or a NUL. */
function decoded(path) {
  try {
    const text = decodeURIComponent(path);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The file for a path of an address, or undefined if there is none in the folders served. */
function fileFor(path, folders) {
  const text = decoded(path);
  if (text === undefined) return undefined;
  const inside = normalize(text).replace(/^\/+/, "");
  if (!folders.some((folder) => inside.startsWith(`${folder}/`))) return undefined;
  for (const file of [join(root, inside), join(root, inside, "index.html")]) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile()) return { file, size: found.size };
  }
  return undefined;
}

/**
 * Starts a server on 127.0.0.1 for `folders` of the repository, each under its own path. `isolated` adds the headers
 * for shared memory; nothing is cached, so that `requests` (paths in the order they came) tells what each page loaded.
 * Port 0 takes a free one.
 */
export async function startSite({ port = 0, folders, isolated = false }) {
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    const found = fileFor(pathname, folders);
    requests.push(pathname);
    if (!found) {
      response.writeHead(404, { "content-type": "text/plain" }).end(`nothing is served at ${pathname}\n`);
      return;
    }
    // A folder without its slash would break the page's relative addresses.
    if (found.file.endsWith("index.html") && !/(\/|\.html)$/.test(pathname)) {
      response.writeHead(308, { location: `${pathname}/` }).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(found.file)] ?? "application/octet-stream",
      "content-length": found.size,
      "cache-control": "no-store",
      ...(isolated ? ISOLATED : {}),
    });
    createReadStream(found.file).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const { port: taken } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${taken}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
