import { compact } from "./compact.js";
import { utf16 } from "./utf16.js";
import { utf8 } from "./utf8.js";

/** How a plan calls the encodings. */
export const encodings = { utf8, utf16, "latin1+utf16": compact };
