// The names that tabs share, and ports that are made of a BroadcastChannel where there are no others.

/** What a database is known by among the tabs: its lock, its channel. One in memory is another than one on disk. */
export const keyOf = (name, storage) =>
  `hashi-sqlite:${storage === "memory" ? "memory:" : ""}${encodeURIComponent(name)}`;

/** The folder of a database among those in OPFS. */
export const folderOf = (name) => encodeURIComponent(name).replaceAll(".", "%2E");

/** Stands for a MessagePort; its messages are `[tag, client, message]` on the channel. What would be transferred is cloned. */
export class ChannelPort {
  #channel;
  #tag;
  #client;
  /** @type {((event: { data: any }) => void) | null} */
  onmessage = null;

  constructor(channel, tag, client) {
    this.#channel = channel;
    this.#tag = tag;
    this.#client = client;
  }

  postMessage(message) {
    this.#channel?.postMessage([this.#tag, this.#client, message]);
  }

  close() {
    this.#channel = undefined;
    this.onmessage = null;
  }
}
