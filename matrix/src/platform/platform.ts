/** A structured log line: one event a line, without content of people (style.md, 20). */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Ends a timer or a subscription. Idempotent. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never goes back, for durations. */
  monotonic(): number;
  after(ms: number, run: () => void): Cancel;
}

export interface Random {
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** At least 0 and less than 1, for back-off; not for secrets. */
  fraction(): number;
}

/**
 * What `matrix/` needs of the machine that it runs on. One `createBesace(platform)` serves one account.
 *
 * The crypto wasm finds IndexedDB on `globalThis`: `indexedDB` here is always that same one, and accounts and devices in one
 * process are kept apart by `storagePrefix`.
 */
export interface Platform {
  readonly indexedDB: IDBFactory;
  /** Begins the name of every database of this session, such as `besace`. */
  readonly storagePrefix: string;
  /**
   * The AES-GCM key that encrypts the local copy at rest: made on first use, then always the same one. In a browser it cannot be
   * extracted. `forgetLocalKey` destroys it, and with it all that it encrypted.
   */
  localKey(): Promise<CryptoKey>;
  forgetLocalKey(): Promise<void>;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where `matrix_sdk_crypto_wasm_bg.wasm` is served, or null where the package finds its own file (Node). */
  readonly cryptoWasmUrl: string | null;
  /** Hears when the machine says that it lost its network, or has one again. It may be wrong: the server has the last word. */
  watchNetwork(listener: (up: boolean) => void): Cancel;
  /** Server names of outside partners: their people are shown with the mark "invité externe". */
  readonly outsiderServers: readonly string[];
}
