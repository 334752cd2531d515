/** What main.mjs offers in the page; functions that the harness sends there name it. */
// biome-ignore lint/suspicious/noExplicitAny: its functions are checked by running them
declare var bench: any;
