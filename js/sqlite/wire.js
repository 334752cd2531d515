// A client's port to its leader: what goes over it, as docs/sqlite.md lists it. Texts go once and are numbers from then on.
import { HELLO, Op, PULSE } from "./op.js";
import { Statements } from "./statements.js";

export class Wire {
  #statements = new Statements();
  #port;

  /** Another port, or none: what comes on the one before is not heard any more. */
  attach(port, hear) {
    if (this.#port && this.#port !== port) {
      this.#port.onmessage = null;
      this.#port.close();
    }
    this.#port = port;
    // Who takes a client in on it has none of its texts.
    this.#statements.forget();
    if (port) port.onmessage = ({ data }) => hear(data);
  }

  /** The leader keeps none of the texts that it got from here. */
  forget() {
    this.#statements.forget();
  }

  /** Sends a call; throws if its parameters can't be cloned. */
  post({ op, id, tx, deadline, a, b }, acked, again) {
    const port = this.#port;
    if (op > Op.RUN) return port.postMessage([op, id, acked, tx, deadline, again, a, b]);
    const known = this.#statements.numberOf(a);
    if (known !== undefined) return port.postMessage([op, id, acked, tx, deadline, again, known, b]);
    const number = this.#statements.nextFor(a);
    port.postMessage([op, id, acked, tx, deadline, again, a, b, number]);
    // Not before: what can't be cloned has not been sent.
    if (number !== undefined) this.#statements.keep(a, number);
  }

  hello(migrations, protocol) {
    this.#port.postMessage([Op.HELLO, HELLO, 0, 0, 0, false, migrations, protocol]);
  }

  /** Tells the leader something that has no answer of its own. */
  tell(op, a) {
    this.#port?.postMessage([op, PULSE, 0, 0, 0, false, a]);
  }
}
