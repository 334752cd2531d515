export { edge } from "./edge.js";
export { GuestFailure } from "./failure.js";
export { JsonProgram } from "./json/index.js";
export { Program } from "./program.js";
