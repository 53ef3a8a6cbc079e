import { parseDeviceId, parseUserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { Account } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';

const userId = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseUserId(dataset.value);
    if (parsed.ok) return parsed.value;
    addIssue({ message: 'a user id' });
    return NEVER;
  }),
);

const deviceId = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseDeviceId(dataset.value);
    if (parsed.ok) return parsed.value;
    addIssue({ message: 'a device id' });
    return NEVER;
  }),
);

/** Signing keys that were made and are not in secret storage yet: what the server took must not be lost with the process. */
const madeKeys = v.object({
  /** The public master key, unpadded base64. */
  publicMaster: v.string(),
  master: v.string(),
  selfSigning: v.string(),
  userSigning: v.string(),
});

const setup = v.object({
  /** The recovery code, kept only until the person confirms that she has it. */
  code: v.string(),
  /** How far the setup is: a kill at any step goes on from there with the same code. */
  step: v.picklist(['code-made', 'keys-uploaded', 'stored']),
  /** Of a reset: the account's public master key before it. */
  replaces: v.optional(v.string()),
  /** Of a reset: the keys that take its place, until they are stored. */
  made: v.optional(madeKeys),
});

const schema = v.object({
  userId,
  deviceId,
  homeserver: v.string(),
  accessToken: v.string(),
  displayName: v.string(),
  /** Base64 of the 32 bytes that encrypt the crypto store. */
  cryptoKey: v.string(),
  /** True once the crypto store was made: from then on its absence means that it was wiped. */
  cryptoMade: v.boolean(),
  /** The last identity that was known, for a start without network. */
  identity: v.picklist(['unknown', 'needs-setup', 'unverified', 'ready']),
  setup: v.nullable(setup),
  /** The whole key backup is being brought back. */
  restoring: v.optional(v.boolean()),
  /** When this device left the dehydrated device (MSC3814) that the account has, ms. */
  dehydratedAt: v.optional(v.number()),
});

/** The account as it is kept, encrypted, in the local copy. */
export type StoredAccount = v.InferOutput<typeof schema>;
export type SetupProgress = v.InferOutput<typeof setup>;
export type MadeKeys = v.InferOutput<typeof madeKeys>;

const KEY = 'current';

/** @returns null when nobody is signed in here, or what is kept cannot be read any more (`storage-lost` is the caller's to say). */
export async function readAccount(db: LocalDb): Promise<StoredAccount | null> {
  const parsed = v.safeParse(schema, await db.get('account', KEY));
  return parsed.success ? parsed.output : null;
}

/** Somebody was signed in here, but what is kept of it cannot be read: its key is gone. */
export async function isAccountLost(db: LocalDb): Promise<boolean> {
  return (await db.has('account', KEY)) && (await readAccount(db)) === null;
}

export function writeAccount(db: LocalDb, account: StoredAccount): Promise<void> {
  return db.write([{ store: 'account', key: KEY, value: account }]);
}

export function removeAccount(db: LocalDb): Promise<void> {
  return db.write([{ store: 'account', key: KEY, remove: true }]);
}

export function publicAccount(account: StoredAccount): Account {
  const { userId: user, deviceId: device, homeserver, displayName } = account;
  return { userId: user, deviceId: device, homeserver, displayName };
}
