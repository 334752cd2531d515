// What crates/sqlite-tab gives to the page (its src/edge/tab.rs says what each means) and to its worker (src/edge/worker/candidate.rs).
import type { Desk } from "../desk.js";
import type { ErrorCode } from "../index.js";
import type { Leader } from "../leader.js";

export default function init(where: { module_or_path: URL }): Promise<{ memory: WebAssembly.Memory }>;

export class Tab {
  constructor(
    desk: Desk,
    key: string,
    id: number,
    openTimeout: number,
    busyTimeout: number,
    unresponsiveAfter: number,
    hangAfter: number,
    brokered: boolean,
    onlyOpfs: boolean,
  );
  slate(): number;
  start(begun: number): void;
  free(): void;
  begin(op: number, transaction: number, epoch: number, reads: boolean, timeout: number, now: number): number;
  refusal(): [ErrorCode, string];
  withdraw(id: number): void;
  settle(id: number, answer: number): number;
  abort(id: number): void;
  hear(message: unknown[]): void;
  hearWorker(message: unknown[]): void;
  hearBroker(message: unknown[]): void;
  brokerFailed(): void;
  close(): void;
  readonly epoch: number;
  readonly state: string;
  readonly role: string;
  readonly storage: string | undefined;
  readonly transport: string | undefined;
  readonly schema: number | undefined;
  readonly pending: number;
  readonly silentFor: number;
  readonly advice: string;
}

export class Candidate {
  constructor(
    leader: Leader,
    key: string,
    id: number,
    life: string,
    storage: string,
    busyTimeout: number,
    openTimeout: number,
  );
  hear(message: unknown[], port?: MessagePort): void;
  served(change: boolean, wait?: number): void;
}
