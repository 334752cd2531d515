import { CANNOT_SUSPEND, GuestFailure, trap } from "./failure.js";
import { SUSPENSION } from "./schedule.js";

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
    guest.waits = false;
    const args = enter(flat);
    guest.charge(SUSPENSION);
    guest.pay();
    const { host } = guest;
    let value;
    try {
      // For a guest whose call ends while it waits: nothing of it may run again, not even to catch an exception.
      value = await Promise.race([call(host, ...args), guest.abandoned()]);
    } catch (error) {
      return guest.fail(guest.failed ?? error);
    }
    if (guest.failed) return guest.fail(guest.failed);
    guest.lifted = 0;
    const returned = leave(value, flat);
    guest.waits = true;
    return returned;
  };
  return new WebAssembly.Suspending((...flat) => {
    // Hosts differ in whether they look first and then call this, or call it and throw a SuspendError once they see a promise. So it does nothing where
    // the guest can't be suspended, not even charge, and the two are the same.
    const waited = guest.waits ? wait(flat) : Promise.reject(trap("cannot_suspend", CANNOT_SUSPEND));
    // Nobody waits for it where the guest can't be suspended.
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
