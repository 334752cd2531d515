// The same database under TanStack Query: fetching and caching by query, invalidating by table, optimistic ticks.
import { MutationObserver, QueryClient, QueryObserver } from "@tanstack/query-core";
import { open } from "../../build/sqlite/index.js";
import { invalidateByTable } from "./tables.js";

const db = await open("tasks", {
  migrations: [
    {
      version: 1,
      sql: `CREATE TABLE task (id INTEGER PRIMARY KEY, text TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0);
            CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);`,
    },
  ],
});

const client = new QueryClient({
  // The database is here: no network to wait for, and nothing goes stale but by a commit.
  defaultOptions: {
    queries: { networkMode: "always", staleTime: Number.POSITIVE_INFINITY },
    mutations: { networkMode: "always" },
  },
});
client.mount();
invalidateByTable(db, client);

const $ = (id) => document.getElementById(id);
const fetches = { task: 0, person: 0 };

/** Options of a query whose rows come from `sql`, which reads `table`. */
function rows(table, sql) {
  return {
    queryKey: [table],
    meta: { tables: [table] },
    queryFn: ({ signal }) => {
      $(`${table}-fetches`).textContent = ++fetches[table];
      return db.all(sql, [], { signal });
    },
  };
}

function item(...children) {
  const element = document.createElement("li");
  element.append(...children);
  return element;
}

const tick = new MutationObserver(client, {
  mutationFn: ({ id, done }) => db.run("UPDATE task SET done = ? WHERE id = ?", [done, id]),
  async onMutate({ id, done }) {
    await client.cancelQueries({ queryKey: ["task"] });
    const before = client.getQueryData(["task"]);
    client.setQueryData(["task"], (tasks) =>
      tasks.map((task) => (task.id === id ? { ...task, done: Number(done) } : task)),
    );
    return before;
  },
  onError: (_error, _task, before) => client.setQueryData(["task"], before),
  // Cancelling may have dropped a commit of another tab.
  onSettled: () => client.invalidateQueries({ queryKey: ["task"] }),
});

new QueryObserver(client, rows("task", "SELECT id, text, done FROM task ORDER BY id")).subscribe(({ data: tasks }) => {
  if (!tasks) return;
  $("open").textContent = tasks.filter(({ done }) => !done).length;
  const lines = tasks.map(({ id, text, done }) => {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: done === 1 });
    box.style.flex = "none";
    // A tick that is refused is taken back above, and that is all that is to be said of it.
    box.addEventListener("change", () => tick.mutate({ id, done: box.checked }).catch(() => {}));
    const label = document.createElement("label");
    label.append(box, ` ${text}`);
    return item(label);
  });
  $("tasks").replaceChildren(...lines);
});

new QueryObserver(client, rows("person", "SELECT id, name FROM person ORDER BY id")).subscribe(({ data: people }) => {
  if (people) $("people").replaceChildren(...people.map(({ name }) => item(name)));
});

$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  $("text").value = "";
  if (text) await db.run("INSERT INTO task (text) VALUES (?)", [text]);
});

$("hire").addEventListener("click", () =>
  db.run("INSERT INTO person (name) SELECT 'Person ' || (count(*) + 1) FROM person"),
);
