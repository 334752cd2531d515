// What the tab is told and says of a call, as crates/sqlite-tab/src/edge/tab.rs numbers it.

/** What Tab.begin() says; a call that is neither to be sent nor refused is kept. */
export const [SEND, , REFUSED] = [0, 1, 2];

/** What Tab.settle() is told. */
export const [DONE, FAILED, UNKNOWN_STATEMENT, CANCELLED] = [0, 1, 2, 3];

/** What Tab.settle() says; a call that is none of these was taken back. */
export const [DROPPED, RESOLVE, REJECT, , SEND_TEXT] = [0, 1, 2, 3, 4];
