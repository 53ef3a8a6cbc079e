/** A word and the documents that hold it, ascending. */
export type Posting = { readonly term: string; readonly docs: readonly number[] };

/** A stretch of the sorted words of a segment, packed; read and sealed as one value. */
export type Block = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Packs sorted words: for each, how many bytes it shares with the one before, the rest of it (UTF-8), then its documents as differences (varints
 * of 7 bits). `base` is the segment's first document.
 */
export interface BlockWriter {
  add(posting: Posting): void;
  /** Bytes so far. */
  readonly size: number;
  /** The block, and a fresh start. */
  take(): { readonly first: string; readonly bytes: Block };
}

export function createBlockWriter(base: number): BlockWriter {
  let bytes = new Uint8Array(32 * 1024);
  let size = 0;
  let first: string | null = null;
  let last = new Uint8Array(0);

  function reserve(more: number): void {
    if (size + more <= bytes.length) return;
    const grown = new Uint8Array(Math.max(bytes.length * 2, size + more));
    grown.set(bytes.subarray(0, size));
    bytes = grown;
  }
  function varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      bytes[size++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[size++] = rest;
  }

  return {
    add({ term, docs }) {
      const word = encoder.encode(term);
      let shared = 0;
      while (shared < last.length && shared < word.length && last[shared] === word[shared]) shared += 1;
      reserve(20 + word.length + docs.length * 6);
      varint(shared);
      varint(word.length - shared);
      bytes.set(word.subarray(shared), size);
      size += word.length - shared;
      varint(docs.length);
      // The room for their length is known only once they are written: they are written apart, and moved.
      const at = size;
      let before = base;
      for (const doc of docs) {
        varint(doc - before);
        before = doc;
      }
      const length = size - at;
      const header = varintLength(length);
      bytes.copyWithin(at + header, at, size);
      size = at;
      varint(length);
      size += length;
      first ??= term;
      last = word;
    },
    get size() {
      return size;
    },
    take() {
      const taken = { first: first ?? '', bytes: bytes.slice(0, size) };
      size = 0;
      first = null;
      last = new Uint8Array(0);
      return taken;
    },
  };
}

/** Calls `visit` for each document of each word that begins with `prefix`. A damaged block gives what can be read of it. */
export function visitPrefix(block: Block, base: number, prefix: string, visit: (doc: number) => void): void {
  const wanted = encoder.encode(prefix);
  const reader = createReader(block);
  const word = new Uint8Array(512);
  // How much of the word before agreed with what is wanted: a word that shares less cannot agree further.
  while (reader.at < block.length) {
    const { docsEnd, length } = readWord(reader, word);
    if (beginsWith(word, length, wanted)) {
      let doc = base;
      while (reader.at < docsEnd) {
        doc += reader.varint();
        visit(doc);
      }
    }
    reader.at = docsEnd;
  }
}

/** Every word of the block, in order. */
export function* postingsOf(block: Block, base: number): Generator<Posting> {
  const reader = createReader(block);
  const word = new Uint8Array(512);
  while (reader.at < block.length) {
    const { docsEnd, length } = readWord(reader, word);
    const docs: number[] = [];
    let doc = base;
    while (reader.at < docsEnd) {
      doc += reader.varint();
      docs.push(doc);
    }
    yield { term: decoder.decode(word.subarray(0, length)), docs };
  }
}

type Reader = { at: number; readonly bytes: Block; varint(): number };

function createReader(bytes: Block): Reader {
  return {
    at: 0,
    bytes,
    varint() {
      let value = 0;
      let factor = 1;
      for (;;) {
        const byte = bytes[this.at++] ?? 0;
        value += (byte & 0x7f) * factor;
        if (byte < 0x80) return value;
        factor *= 0x80;
      }
    },
  };
}

function readWord(reader: Reader, word: Uint8Array): { length: number; docsEnd: number } {
  const shared = reader.varint();
  const rest = reader.varint();
  for (let index = 0; index < rest; index++) word[shared + index] = reader.bytes[reader.at + index] ?? 0;
  reader.at += rest;
  reader.varint(); // how many documents: for those who only count
  const docsLength = reader.varint();
  return { length: shared + rest, docsEnd: reader.at + docsLength };
}

function beginsWith(word: Uint8Array, length: number, wanted: Uint8Array): boolean {
  if (length < wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) if (word[index] !== wanted[index]) return false;
  return true;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}
