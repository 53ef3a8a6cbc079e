/** What is known of each document without reading its text, in typed arrays: 21 bytes a document. */
export interface Columns {
  /** Documents so far: the number of the next one. */
  readonly size: number;
  add(row: Row): number;
  room(doc: number): number;
  sender(doc: number): number;
  at(doc: number): number;
  kind(doc: number): number;
  encrypted(doc: number): boolean;
  dead(doc: number): boolean;
  bury(doc: number): void;
  /** Living documents whose event id has this hash. */
  withHash(hash: number): readonly number[];
  /** Living documents. */
  readonly living: number;
  /** The rows from `from` to before `to`, packed. */
  pack(from: number, to: number): Uint8Array<ArrayBuffer>;
  /** Adds the rows `from` to before `to` of `count` packed ones at the end. False where the bytes are not such rows. */
  unpackPart(bytes: Uint8Array, count: number, from: number, to: number): boolean;
}

export type Row = {
  readonly hash: number;
  readonly room: number;
  readonly sender: number;
  readonly at: number;
  readonly kind: number;
  readonly encrypted: boolean;
};

const ENCRYPTED = 0x40;
const DEAD = 0x80;
const KIND = 0x0f;
/** Bytes of a row: hash, room and sender of 4, date of 8, flags of 1. */
const ROW = 21;
const EMPTY = 0xffffffff;

export function createColumns(): Columns {
  let capacity = 4_096;
  let size = 0;
  let living = 0;
  let hashes = new Uint32Array(capacity);
  let rooms = new Uint32Array(capacity);
  let senders = new Uint32Array(capacity);
  let dates = new Float64Array(capacity);
  let flags = new Uint8Array(capacity);
  // Open addressing: a document's place is its hash, or the next free one. At most half full.
  let table = new Uint32Array(capacity * 2).fill(EMPTY);

  function grow(): void {
    capacity *= 2;
    hashes = widened(hashes, new Uint32Array(capacity));
    rooms = widened(rooms, new Uint32Array(capacity));
    senders = widened(senders, new Uint32Array(capacity));
    dates = widened(dates, new Float64Array(capacity));
    flags = widened(flags, new Uint8Array(capacity));
    table = new Uint32Array(capacity * 2).fill(EMPTY);
    for (let doc = 0; doc < size; doc++) place(doc);
  }

  function place(doc: number): void {
    const mask = table.length - 1;
    let at = (hashes[doc] ?? 0) & mask;
    while (table[at] !== EMPTY) at = (at + 1) & mask;
    table[at] = doc;
  }

  function push(row: Omit<Row, 'kind' | 'encrypted'>, flag: number): number {
    if (size === capacity) grow();
    const doc = size;
    hashes[doc] = row.hash;
    rooms[doc] = row.room;
    senders[doc] = row.sender;
    dates[doc] = row.at;
    flags[doc] = flag;
    size += 1;
    if ((flag & DEAD) === 0) living += 1;
    place(doc);
    return doc;
  }

  return {
    get size() {
      return size;
    },
    get living() {
      return living;
    },
    add: (row) => push(row, (row.kind & KIND) | (row.encrypted ? ENCRYPTED : 0)),
    room: (doc) => rooms[doc] ?? 0,
    sender: (doc) => senders[doc] ?? 0,
    at: (doc) => dates[doc] ?? 0,
    kind: (doc) => (flags[doc] ?? 0) & KIND,
    encrypted: (doc) => ((flags[doc] ?? 0) & ENCRYPTED) !== 0,
    dead: (doc) => ((flags[doc] ?? DEAD) & DEAD) !== 0,
    bury(doc) {
      const flag = flags[doc];
      if (flag === undefined || doc >= size || (flag & DEAD) !== 0) return;
      flags[doc] = flag | DEAD;
      living -= 1;
    },
    withHash(hash) {
      const found: number[] = [];
      const mask = table.length - 1;
      for (let at = hash & mask; table[at] !== EMPTY; at = (at + 1) & mask) {
        const doc = table[at] ?? EMPTY;
        if (hashes[doc] === hash && ((flags[doc] ?? DEAD) & DEAD) === 0) found.push(doc);
      }
      return found;
    },
    pack(from, to) {
      const count = to - from;
      const bytes = new Uint8Array(count * ROW);
      bytes.set(new Uint8Array(dates.slice(from, to).buffer), 0);
      bytes.set(new Uint8Array(hashes.slice(from, to).buffer), count * 8);
      bytes.set(new Uint8Array(rooms.slice(from, to).buffer), count * 12);
      bytes.set(new Uint8Array(senders.slice(from, to).buffer), count * 16);
      bytes.set(flags.subarray(from, to), count * 20);
      return bytes;
    },
    unpackPart(bytes, count, from, to) {
      if (bytes.length !== count * ROW) return false;
      const part = (at: number, width: number) =>
        bytes.slice(count * at + from * width, count * at + to * width).buffer;
      const date = new Float64Array(part(0, 8));
      const hash = new Uint32Array(part(8, 4));
      const room = new Uint32Array(part(12, 4));
      const sender = new Uint32Array(part(16, 4));
      const flag = new Uint8Array(part(20, 1));
      for (let index = 0; index < to - from; index++) {
        const [at = 0, hashed = 0, roomNumber = 0, senderNumber = 0] = [
          date[index],
          hash[index],
          room[index],
          sender[index],
        ];
        push({ hash: hashed, room: roomNumber, sender: senderNumber, at }, flag[index] ?? DEAD);
      }
      return true;
    },
  };
}

/** 32 bits of an event id, under a secret seed: who makes events cannot choose where they meet. */
export function hashOf(seed: number, eventId: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let index = 0; index < eventId.length; index++) {
    hash = Math.imul(hash ^ eventId.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d + seed);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function widened<T extends Uint32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
