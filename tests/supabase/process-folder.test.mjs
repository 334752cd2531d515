/** Temporary folders go with the processes that made them, however those end. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { it } from "node:test";
import { processFolder } from "./server/process-folder.mjs";

it("removes what dead processes left, and nothing else", () => {
  const parent = mkdtempSync(join(tmpdir(), "hashi-process-folder-"));
  try {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const folders = [`some-${pid}-x`, `some-${process.pid}-x`, "some-folder", `other-${pid}-x`, `some-more-${pid}-x`];
    for (const folder of folders) mkdirSync(join(parent, folder));
    const made = processFolder(parent, "some");
    assert.match(basename(made), new RegExp(`^some-${process.pid}-`));
    assert.deepEqual(
      folders.map((folder) => existsSync(join(parent, folder))),
      [false, true, true, true, true],
    );
  } finally {
    rmSync(parent, { recursive: true });
  }
});
