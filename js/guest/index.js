export { edge } from "./edge.js";
export { GuestFailure } from "./failure.js";
export { Program } from "./program.js";
