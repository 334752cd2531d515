// What the glue charges; docs/metering.md has the whole schedule, of which these are a part.

/** For each call of an import or an export. */
export const CROSSING = 100;

/** For each import that the guest waits for, on top of that: leaving its stack and coming back. */
export const SUSPENSION = 20_000;

/** For each string, list and element of a list, besides a unit for each byte of it. */
export const VALUE = 32;

/** For each handle of a resource that is made, and for each that is lent to a call, besides the crossing. */
export const HANDLE = 200;
