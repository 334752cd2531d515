/**
 * A promise and what settles it. One that another request settles goes on in the request that made it, by a mark that the host puts on promises as they are
 * made; `new Promise` leaves it out once V8 has compiled the code around it a second time (docs/decisions/0059-promises-that-others-settle.md).
 *
 * @returns {PromiseWithResolvers<any>}
 */
export const promised = () => Promise.withResolvers();
