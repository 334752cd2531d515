import { open } from "./sqlite/index.js";

globalThis.open_ = async (name) => {
  globalThis.db = await open(name);
};
globalThis.replaced = (globalThis.replaced ?? -1) + 1;
globalThis.ready = true;
import.meta.hot.accept();
