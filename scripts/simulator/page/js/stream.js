// The platform's event stream. It comes back by itself and then catches up on what was missed.
import { ApiError } from "./api.js";

const RETRY_MS = 2000;

export class Stream {
  #source = null;
  #missed = false;

  constructor(store) {
    this.store = store;
  }

  open() {
    const source = new EventSource("/sim/events");
    this.#source = source;
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#broke());
    this.#hear("message", ({ person, message }) => {
      if (message.type === "typing") this.store.setTyping(person, message.on);
      else this.store.take(person, [message]);
    });
    this.#hear("typing", ({ person, on }) => this.store.setTyping(person, on));
    this.#hear("clock", (clock) => this.store.setClock(clock));
    this.#hear("exchange", ({ id }) => this.store.announceExchange(id));
    this.#hear("state", () => this.#quietly(() => this.store.refresh()));
  }

  #hear(name, listener) {
    this.#source.addEventListener(name, (event) => listener(JSON.parse(event.data)));
  }

  #opened() {
    this.store.setConnected(true);
    if (!this.#missed) return;
    this.#missed = false;
    this.#quietly(async () => {
      await this.store.refresh();
      await this.store.catchUpAll();
    });
  }

  #broke() {
    this.#missed = true;
    this.store.setConnected(false);
    if (this.#source.readyState !== EventSource.CLOSED) return;
    this.#source.close();
    setTimeout(() => this.open(), RETRY_MS);
  }

  /** A refresh that fails is no news: the stream breaks as well and the next opening repeats it. */
  async #quietly(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#missed = true;
    }
  }
}
