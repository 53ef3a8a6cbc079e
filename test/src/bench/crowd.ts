import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { SENDER_LOCALPART } from '@besace/appservices/registration';
import { layout } from '@besace/homeserver-config/layout';
import { ensureSecrets, secretsOf } from '@besace/homeserver-config/secrets';
import type { World } from '../harness/connect.ts';
import { call } from '../harness/http.ts';

/** People whose devices have true, signed keys, and run nowhere: others encrypt for them as for anybody. */
export type Crowd = { join(roomId: string, inviter: Inviter): Promise<void> };

type Inviter = { readonly clientUrl: string; readonly accessToken: string };
type Person = { readonly userId: string; readonly clientUrl: string; readonly accessToken: string };
type Json = Record<string, unknown>;

/** How many requests are under way at once. */
const AT_ONCE = 8;
/** One-time keys of a device: one for each new device of the measured person, and one to spare. */
const ONE_TIME_KEYS = 8;

export async function makeCrowd(
  world: Pick<World, 'org' | 'description'>,
  organisation: string,
  { people, devices }: { readonly people: number; readonly devices: number },
): Promise<Crowd> {
  const { clientUrl } = world.org(organisation);
  // The application service signs its own accounts in without a password: a thousand of them would take minutes to be hashed.
  const { asToken: accessToken } = secretsOf(
    ensureSecrets(layout(world.description.dataDir).secrets, []),
    organisation,
  );
  const service = { clientUrl, accessToken };
  const name = randomBytes(4).toString('hex');
  const type = 'm.login.application_service';
  const all = await inParallel(people, async (index): Promise<Person> => {
    const user = `${SENDER_LOCALPART}-crowd-${name}-${index}`;
    const registered = await call(service, 'POST', 'v3/register', { type, username: user, inhibit_login: true });
    const userId = String(registered.user_id);
    let person: Person | null = null;
    let identity: ReturnType<typeof newIdentity> | null = null;
    for (let device = 0; device < devices; device++) {
      const deviceId = `CROWD${index}X${device}`;
      const login = { type, identifier: { type: 'm.id.user', user }, device_id: deviceId };
      const { access_token } = await patiently(() => call(service, 'POST', 'v3/login', login));
      person = { userId, clientUrl, accessToken: String(access_token) };
      identity ??= newIdentity(userId);
      await call(person, 'POST', 'v3/keys/upload', newDevice(userId, deviceId, identity.sign));
      if (device === 0) await call(person, 'POST', 'v3/keys/device_signing/upload', identity.upload);
    }
    if (person === null) throw new Error('a person has a device');
    return person;
  });
  return {
    async join(roomId, inviter) {
      const room = `v3/rooms/${encodeURIComponent(roomId)}`;
      await inParallel(all.length, async (index) => {
        const person = all[index];
        if (person === undefined) return;
        await patiently(() => call(inviter, 'POST', `${room}/invite`, { user_id: person.userId }));
        await patiently(() => call(person, 'POST', `${room}/join`, {}));
      });
    },
  };
}

/** Cross-signing keys (Matrix spec, 11.12.2.1): a master key that signs the one that signs devices. */
function newIdentity(userId: string) {
  const [master, selfSigning] = [ed25519(), ed25519()];
  const described = (usage: string, key: string) => ({
    user_id: userId,
    usage: [usage],
    keys: { [`ed25519:${key}`]: key },
  });
  const self = described('self_signing', selfSigning.id);
  const upload = {
    master_key: described('master', master.id),
    self_signing_key: { ...self, signatures: { [userId]: { [`ed25519:${master.id}`]: master.sign(self) } } },
  };
  return { upload, sign: (value: Json) => ({ [`ed25519:${selfSigning.id}`]: selfSigning.sign(value) }) };
}

/** Keys of a device, signed by itself and by its owner (11.12.1). */
function newDevice(userId: string, deviceId: string, signByOwner: (value: Json) => Json): object {
  const own = ed25519();
  const keys = {
    user_id: userId,
    device_id: deviceId,
    algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`curve25519:${deviceId}`]: curve25519(), [`ed25519:${deviceId}`]: own.id },
  };
  const signed = (value: Json, more: Json = {}) => ({
    ...value,
    signatures: { [userId]: { [`ed25519:${deviceId}`]: own.sign(value), ...more } },
  });
  const oneTime = Array.from({ length: ONE_TIME_KEYS }, (_, at) => [
    `signed_curve25519:AAAA${at}`,
    signed({ key: curve25519() }),
  ]);
  return { device_keys: signed(keys, signByOwner(keys)), one_time_keys: Object.fromEntries(oneTime) };
}

function ed25519(): { readonly id: string; sign(value: Json): string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const signature = (value: Json) => unpadded(sign(null, Buffer.from(canonical(value)), privateKey));
  return { id: publicPart(publicKey), sign: signature };
}

function curve25519(): string {
  return publicPart(generateKeyPairSync('x25519').publicKey);
}

function publicPart(key: KeyObject): string {
  return unpadded(Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url'));
}

/** Canonical JSON (Matrix spec, appendix 3.1): keys sorted, no space. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Waits where the server says that it is too much at once. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { status, body } = error as { status?: number; body?: { retry_after_ms?: number } };
      if (status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, body?.retry_after_ms ?? 500));
    }
  }
}

async function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) done[index] = await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}
