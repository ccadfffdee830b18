// One person's chat as this page knows it: the platform's messages plus what is still being sent.

const SEEN = "tiexin.simulator.seen";

function seenTable() {
  try {
    return JSON.parse(localStorage.getItem(SEEN)) ?? {};
  } catch {
    return {};
  }
}

function rememberSeen(person, seq) {
  try {
    localStorage.setItem(SEEN, JSON.stringify({ ...seenTable(), [person]: seq }));
  } catch {
    // Private windows may refuse storage: unread marks then last as long as the page.
  }
}

const isOpenCard = (message) => message.type === "card" && !message.done;

export class Conversation {
  messages = [];
  pending = [];
  draft = "";
  typing = false;
  #seen;
  #complete = 0;
  #lastLocal = 0;

  constructor(person) {
    this.person = person;
    this.#seen = seenTable()[person] ?? 0;
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  get last() {
    return this.messages.at(-1) ?? null;
  }

  get unread() {
    return this.messages.filter((message) => message.side === "them" && message.seq > this.#seen).length;
  }

  /**
   * Where to catch up from. Messages that came live do not move it on, since older ones may have been missed before
   * them; cards that may have changed meanwhile are read again.
   */
  get catchUpFrom() {
    const open = this.messages.find(isOpenCard);
    return Math.min(this.#complete, open ? open.seq - 1 : Infinity);
  }

  /** Everything up to the last of these is known now. */
  caughtUp(messages) {
    this.#complete = Math.max(this.#complete, messages.at(-1)?.seq ?? 0);
  }

  markSeen() {
    if (this.#seen === this.lastSeq) return false;
    this.#seen = this.lastSeq;
    rememberSeen(this.person, this.#seen);
    return true;
  }

  /** Take messages in; answers which are new and which replaced an older state. */
  take(incoming) {
    const before = this.lastSeq;
    const added = [];
    const changed = [];
    for (const message of incoming) {
      const at = this.messages.findIndex((known) => known.seq === message.seq);
      if (at >= 0) {
        if (JSON.stringify(this.messages[at]) !== JSON.stringify(message)) changed.push(message);
        this.messages[at] = message;
        continue;
      }
      this.messages.push(message);
      added.push(message);
      if (message.side === "me") this.#settle(message);
    }
    const inOrder = added.every((message, index) => message.seq > (index ? added[index - 1].seq : before));
    this.messages.sort((one, other) => one.seq - other.seq);
    if (this.#seen > this.lastSeq) this.#seen = 0;
    if (added.some((message) => message.side === "them")) this.typing = false;
    return { added, changed, inOrder };
  }

  hold(body) {
    this.#lastLocal += 1;
    const waiting = { local: this.#lastLocal, side: "me", state: "sending", body, ...body };
    this.pending.push(waiting);
    return waiting;
  }

  drop(waiting) {
    this.pending = this.pending.filter((one) => one !== waiting);
  }

  /** A message of mine came back from the platform: the oldest one like it no longer waits. */
  #settle(message) {
    const like = this.pending.find(
      (one) => one.type === message.type && (one.type !== "text" || one.content === message.content),
    );
    if (like) this.drop(like);
  }
}
