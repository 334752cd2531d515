import { open } from "@hashi/sqlite";

globalThis.open_ = async (name) => {
  globalThis.db = await open(name);
};
globalThis.ready = true;
