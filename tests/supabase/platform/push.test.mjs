/** Supabase's own CLI pushes the migrations as the role that a hosted project gives it, which is no superuser. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { supabase, version } from "../cli/cli.mjs";
import { MIGRATIONS, ROOT } from "../fixtures/server.mjs";
import { startHosted } from "../server/hosted.mjs";
import { pushed } from "./backends.mjs";

const files = readdirSync(MIGRATIONS).sort();
const versions = files.map((file) => file.slice(0, file.indexOf("_")));

describe("supabase db push", { skip: pushed.skip }, () => {
  let hosted;
  let folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hashi-push-"));
    hosted = await startHosted();
  });
  after(async () => {
    await hosted?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const push = (flags, options) => supabase(["db", "push", `--remote=${hosted.url}`, ...flags], options);
  const listed = async () => {
    const { said } = await supabase(["migration", "list", `--remote=${hosted.url}`]);
    return said.migrations.map(({ local, remote }) => [local, remote]);
  };
  const tables = async () => (await hosted.run("postgres", "select from pg_tables where schemaname = 'public'")).length;

  it("says what it would do, and finds nothing amiss in config.toml", async () => {
    const { status, said, warned } = await push(["--dry-run"]);
    assert.equal(status, 0, warned);
    assert.deepEqual([said.dryRun, said.upToDate], [true, false], JSON.stringify(said));
    for (const file of files) assert.match(warned + JSON.stringify(said.migrations), new RegExp(file));
    assert.doesNotMatch(warned, /WARN/);
    assert.equal(await tables(), 0, "nothing was done");
    assert.deepEqual(
      await listed(),
      versions.map((one) => [one, ""]),
    );
  });

  it("applies them all, and has nothing to do the second time", async () => {
    const first = await push(["--yes"]);
    assert.equal(first.status, 0, first.warned);
    assert.equal(first.said.upToDate, false);
    assert.equal(await tables(), 4);
    const both = versions.map((one) => [one, one]);
    assert.deepEqual(await listed(), both);
    const second = await push(["--yes"]);
    assert.deepEqual([second.status, second.said.upToDate, second.said.migrations], [0, true, []]);
    assert.deepEqual(await listed(), both);
  });

  it("was done by a role that may not do what a hosted project's may not", async () => {
    const [{ rolsuper, rolbypassrls }] = await hosted.run(
      "postgres",
      "select rolsuper, rolbypassrls from pg_roles where rolname = current_user",
    );
    assert.deepEqual([rolsuper, rolbypassrls], [false, true]);
    for (const [refused, allowed] of [
      ["alter table storage.objects enable row level security", "create policy p on storage.objects using (true)"],
      ["comment on policy p on storage.objects is 'p'", "alter policy p on storage.objects to authenticated"],
      ["create index p on storage.objects (owner)", "create index of_owner on public.functions (owner)"],
      ["create table storage.p ()", "create table public.p ()"],
      ["drop function storage.extension", "drop table public.p"],
      ["drop table storage.objects cascade", "drop policy p on storage.objects"],
      ["create function auth.p() returns int return 1", "create function public.p() returns int return 1"],
      ["create policy p on auth.users using (true)", "select from auth.users"],
      ["alter table auth.users add column p int", "select from auth.sessions"],
      ["alter role anon superuser", "alter role anon set lock_timeout = 0"],
    ]) {
      const refusal = await hosted.run("postgres", refused).catch((error) => error);
      assert.equal(refusal.code, "42501", `${refused}: ${refusal.message}`);
      await hosted.run("postgres", allowed);
    }
  });

  it("lets Auth delete a user, whose functions go along", async () => {
    const [ann, bob] = [crypto.randomUUID(), crypto.randomUUID()];
    await hosted.run("supabase_auth_admin", `insert into auth.users (id) values ('${ann}'), ('${bob}')`);
    for (const [owner, name] of [
      [ann, "anns"],
      [bob, "bobs"],
    ])
      await hosted.run("postgres", `insert into public.functions (name, owner) values ('${name}', '${owner}')`);
    await hosted.run("supabase_auth_admin", `delete from auth.users where id = '${ann}'`);
    assert.deepEqual(await hosted.run("postgres", "select name from public.functions"), [{ name: "bobs" }]);
  });

  it("stops at a migration that takes more than it may, and says so", async () => {
    cpSync(join(ROOT, "supabase/migrations"), join(folder, "supabase/migrations"), { recursive: true });
    cpSync(join(ROOT, "supabase/config.toml"), join(folder, "supabase/config.toml"));
    const file = join(folder, "supabase/migrations/20990101000000_more.sql");
    const before = await listed();
    writeFileSync(file, "create table public.more ();\nalter table storage.objects add column more int;\n");
    const refused = await push(["--yes"], { workdir: folder });
    assert.notEqual(refused.status, 0);
    assert.match(refused.said.error.message, /must be owner of storage\.objects/);
    assert.deepEqual([await listed(), await tables()], [before, 4], "nothing of it is left");
    writeFileSync(file, "create table public.more ();\n");
    const { status, warned } = await push(["--yes"], { workdir: folder });
    assert.equal(status, 0, warned);
    assert.equal(await tables(), 5);
  });
});

for (const file of ["README.md", "docs/supabase.md", "scripts/deploy/needs.mjs", "scripts/migrate/usage.mjs"]) {
  it(`${file} says each command with the version that is tested`, () => {
    const named = readFileSync(join(ROOT, file), "utf8").match(/npx supabase\S*/g);
    assert.deepEqual([...new Set(named)], [`npx supabase@${version}`]);
  });
}
