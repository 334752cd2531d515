import { GuestFailure } from "./failure.js";
import { SUSPENSION } from "./schedule.js";

// For a guest whose call ended while it waited: nothing of it may run again, not even to catch an exception. One promise for each, so that
// nothing holds on to it.

/**
 * A function of the host as the guest's core module imports it.
 *
 * @param {import("./guest.js").Guest} guest
 * @param {{ signature: import("./signature.js").Signature, context: number, suspends: boolean, call: Function }} import_
 */
export function lower(guest, { signature, context, suspends, call }) {
  const cx = guest.contexts[context];
  /** @returns {any} */
  const enter = (flat) => {
    guest.leaving(cx);
    try {
      return signature.liftParams(cx, flat);
    } catch (error) {
      return guest.fail(error);
    }
  };
  const leave = (value, flat) => {
    try {
      const returned = signature.lowerResult(cx, value, flat);
      guest.pay();
      return returned;
    } catch (error) {
      return guest.fail(hosts(error));
    }
  };
  if (!suspends) {
    return (...flat) => {
      const args = enter(flat);
      guest.pay();
      let value;
      try {
        value = call(guest.host, ...args);
      } catch (error) {
        return guest.fail(error);
      }
      // Whatever the host keeps of it, it bounds itself.
      guest.lifted = 0;
      return leave(value, flat);
    };
  }
  const wait = async (flat) => {
    const args = enter(flat);
    guest.charge(SUSPENSION);
    guest.pay();
    const { host } = guest;
    let value;
    try {
      value = await Promise.race([call(host, ...args), guest.abandoned()]);
    } catch (error) {
      return guest.fail(guest.failed ?? error);
    }
    if (guest.failed) return guest.fail(guest.failed);
    guest.lifted = 0;
    return leave(value, flat);
  };
  return new WebAssembly.Suspending((...flat) => {
    const waited = wait(flat);
    // Where the guest may not be suspended, nobody waits for it.
    waited.catch(() => {});
    return waited;
  });
}

/** What the host gave doesn't fit the type: its fault, not the caller's. */
function hosts(error) {
  if (error instanceof GuestFailure && error.code === "invalid_argument") {
    return new GuestFailure("host_error", `the host's result: ${error.message}`);
  }
  return error;
}
