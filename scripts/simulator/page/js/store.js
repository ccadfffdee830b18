// Everything the page knows, and the events by which its parts hear of changes.
import { api } from "./api.js";
import { PlatformClock } from "./clock.js";
import { Conversation } from "./conversation.js";

const TYPING_MS = 15_000;

export class Store extends EventTarget {
  people = [];
  settings = {};
  menu = null;
  state = {};
  connected = false;
  clock = new PlatformClock();
  #conversations = new Map();
  #typing = new Map();

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, listener) {
    this.addEventListener(name, (event) => listener(event.detail));
  }

  person(id) {
    return this.people.find((one) => one.id === id) ?? null;
  }

  of(kind) {
    return this.people.filter((one) => one.kind === kind);
  }

  talk(id) {
    if (!this.#conversations.has(id)) this.#conversations.set(id, new Conversation(id));
    return this.#conversations.get(id);
  }

  /** Read people, clock, settings and menu anew. */
  async refresh() {
    const state = await api.state();
    this.state = state;
    this.people = (state.people ?? []).map((person, place) => ({ ...person, place }));
    this.settings = state.settings ?? {};
    this.menu = state.menu ?? null;
    this.clock.set(state.clock);
    this.#tell("people");
    this.#tell("clock");
    this.#tell("settings");
  }

  /** Fetch what this person has said and got since we last looked. */
  async catchUp(id) {
    const { messages = [] } = await api.messages(id, this.talk(id).catchUpFrom);
    this.take(id, messages);
    this.talk(id).caughtUp(messages);
  }

  async catchUpAll() {
    for (const { id } of this.people) await this.catchUp(id);
  }

  take(id, messages) {
    const { added, changed, inOrder } = this.talk(id).take(messages);
    if (added.length || changed.length) this.#tell("messages", { person: id, added, changed, inOrder });
  }

  markSeen(id) {
    if (this.talk(id).markSeen()) this.#tell("unread", { person: id });
  }

  setClock(clock) {
    this.clock.set(clock);
    this.#tell("clock");
  }

  setConnected(connected) {
    this.connected = connected;
    this.#tell("connected");
  }

  /** The typing mark goes by itself after 15 s, as in WeChat. */
  setTyping(id, on) {
    clearTimeout(this.#typing.get(id));
    this.talk(id).typing = on;
    if (on)
      this.#typing.set(
        id,
        setTimeout(() => this.setTyping(id, false), TYPING_MS),
      );
    this.#tell("typing", { person: id });
  }

  announceExchange(id) {
    this.#tell("exchange", { id });
  }

  /** Send a message for a person; it shows at once and waits there until the platform has it. */
  async send(id, body) {
    const waiting = this.talk(id).hold(body);
    this.#tell("pending", { person: id });
    try {
      await api.say(id, body);
      if (!this.connected) await this.catchUp(id);
    } catch (error) {
      waiting.state = "failed";
      this.#tell("pending", { person: id });
      throw error;
    }
  }

  async resend(id, waiting) {
    this.talk(id).drop(waiting);
    await this.send(id, waiting.body);
  }
}
