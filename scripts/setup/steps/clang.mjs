// A C compiler for wasm32, which SQLite is compiled with for the browser database.
import { spawnSync } from "node:child_process";
import { aptInstall } from "../apt.mjs";
import { toolEnv, which } from "../paths.mjs";

/** The programs, as the cc crate looks for them: named in the environment, or clang and llvm-ar. */
function programs() {
  return {
    compiler: process.env.CC_wasm32_unknown_unknown || "clang",
    archiver: process.env.AR_wasm32_unknown_unknown || "llvm-ar",
  };
}

/** Whether this compiler knows wasm32: Apple's clang is one that doesn't. */
function compilesWasm(compiler) {
  const args = ["--target=wasm32-unknown-unknown", "-x", "c", "-c", "-o", "/dev/null", "-"];
  return spawnSync(compiler, args, { input: "int one(void) { return 1; }", env: toolEnv() }).status === 0;
}

export const clang = {
  name: "clang for wasm32",
  done() {
    const { compiler, archiver } = programs();
    return Boolean(which(compiler) && which(archiver) && compilesWasm(compiler));
  },
  run: (context) => aptInstall(context, ["clang", "llvm"]),
  remedy:
    "install clang and llvm-ar with the wasm32 target (Debian, Ubuntu: clang llvm; macOS: brew install llvm), or name them: CC_wasm32_unknown_unknown=… AR_wasm32_unknown_unknown=…",
};
