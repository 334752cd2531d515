// The calls of the protocol, as crates/sqlite/src/edge/request.rs numbers them.
export const Op = Object.freeze({
  HELLO: 0,
  GET: 1,
  ALL: 2,
  RUN: 3,
  BATCH: 4,
  PREPARE: 5,
  ITERATE: 6,
  NEXT: 7,
  DROP: 8,
  BEGIN: 9,
  COMMIT: 10,
  ROLLBACK: 11,
  EXPORT: 12,
  IMPORT: 13,
  STATUS: 14,
  PING: 15,
  CANCEL: 16,
});

/** Ids of messages that are no calls. */
export const [HELLO, PULSE] = [0, -2];
