// A notebook that several tabs share: rows by subscribe, the tab's place among the others by status.
import { open } from "../../build/sqlite/index.js";

const SHOWN = 10;

const db = await open("notebook", {
  migrations: [
    {
      version: 1,
      sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, tab TEXT NOT NULL, at INTEGER NOT NULL)",
    },
  ],
  onOutdated: () => location.reload(),
});

const $ = (id) => document.getElementById(id);
const tab = db.id.slice(0, 4);
$("tab").textContent = tab;

const INSERT = "INSERT INTO note (text, tab, at) VALUES (?, ?, ?)";
const add = (text) => db.run(INSERT, [text, tab, Date.now()]);

/** The same hue for the same tab, everywhere. */
const hue = (name) => [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;

let newest = 0;

function line({ id, text, tab: from, at }) {
  const item = document.createElement("li");
  if (newest > 0 && id > newest) item.className = "new";
  const parts = [
    ["span", "text", text],
    ["span", "from", from],
    ["time", "", new Date(at).toLocaleTimeString()],
  ];
  for (const [name, style, content] of parts) {
    const part = document.createElement(name);
    part.className = style;
    part.textContent = content;
    item.append(part);
  }
  item.style.setProperty("--hue", hue(from));
  return item;
}

db.subscribe(`SELECT id, text, tab, at FROM note ORDER BY id DESC LIMIT ${SHOWN}`, [], (notes) => {
  $("notes").replaceChildren(...notes.map(line));
  $("empty").hidden = notes.length > 0;
  newest = notes[0]?.id ?? 0;
});
db.subscribe("SELECT count(*) AS n FROM note", [], ([{ n }]) => {
  $("count").textContent = `${n.toLocaleString("en")} ${n === 1 ? "note" : "notes"}`;
});

function size(sizes) {
  if (!sizes) return "–";
  return `${((sizes.database + sizes.wal) / 1024).toLocaleString("en", { maximumFractionDigits: 0 })} KiB`;
}

const WAYS = { worker: "own worker", port: "port to the leader", broadcast: "broadcast" };

async function showStatus() {
  const { state, role, storage, transport, epoch, sizes, clients, advice } = await db.status();
  const shown = state === "ready" ? role : state;
  $("role").dataset.role = shown;
  $("role").querySelector("strong").textContent = shown;
  document.title = `${shown === "leader" ? "● " : ""}${shown} · One notebook, many tabs`;
  $("epoch").textContent = epoch ?? "–";
  $("tabs").textContent = clients ?? "–";
  $("transport").textContent = WAYS[transport] ?? "–";
  $("storage").textContent = storage ?? "–";
  $("size").textContent = size(sizes);
  $("advice").textContent = advice ?? "";
  $("advice").hidden = advice === null;
}

async function watchStatus() {
  await showStatus();
  setTimeout(watchStatus, 250);
}
watchStatus();

/** Runs what a button asks for and says how long it took, or what went wrong. */
async function timed(work) {
  const start = performance.now();
  try {
    await work();
    $("took").textContent = `· the last change took ${(performance.now() - start).toFixed(1)} ms`;
  } catch (error) {
    $("took").textContent = `· ${error.message}`;
  }
}

$("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  timed(() => add(text));
});

$("many").addEventListener("click", () => {
  const now = Date.now();
  const rows = Array.from({ length: 1_000 }, (_, at) => [`number ${at + 1} of a thousand`, tab, now]);
  timed(() => db.batch([{ sql: INSERT, rows }]));
});

$("clear").addEventListener("click", () => timed(() => db.run("DELETE FROM note")));

let writing;
$("auto").addEventListener("click", () => {
  const on = writing === undefined;
  $("auto").setAttribute("aria-pressed", `${on}`);
  let at = 0;
  if (on) writing = setInterval(() => timed(() => add(`a note from a busy tab, ${++at}`)), 400);
  else writing = clearInterval(writing);
});
