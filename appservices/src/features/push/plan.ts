import { createECDH, ECDH } from 'node:crypto';
import * as v from 'valibot';

/** `POST /_matrix/push/v1/notify` (Matrix spec, push gateway API). Of what it may hold only this is read. */
export const notifyBody = v.object({
  notification: v.object({
    event_id: v.nullish(v.pipe(v.string(), v.maxLength(255))),
    room_id: v.nullish(v.pipe(v.string(), v.maxLength(255))),
    prio: v.nullish(v.string()),
    devices: v.pipe(
      v.array(
        v.object({
          app_id: v.pipe(v.string(), v.maxLength(64)),
          pushkey: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
          data: v.nullish(v.record(v.string(), v.unknown())),
        }),
      ),
      v.maxLength(10),
    ),
  }),
});

export type Notification = v.InferOutput<typeof notifyBody>['notification'];

/** A push service, as the configuration names it: a host, or `*.` and one for all below it; with a port where it is not 443. */
export type PushService = string;

export type Wake = {
  readonly pushkey: string;
  readonly organisation: string;
  readonly endpoint: URL;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  /** What the browser gets. */
  readonly message: { readonly room_id: string; readonly event_id: string };
  readonly urgent: boolean;
};

export type Plan = { readonly wakes: readonly Wake[]; readonly rejected: readonly string[] };

export const APP_ID = 'fr.besace.web.';

const subscription = v.object({
  endpoint: v.pipe(v.string(), v.maxLength(2_000)),
  /** 16 bytes (RFC 8291, 3.2). */
  auth: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
});
/** An uncompressed point of P-256: 65 bytes that begin with 4. */
const POINT = /^B[\w-]{86}$/;

/** Whether a message can be encrypted for this key: of the right shape, and on the curve. */
function isPoint(pushkey: string): boolean {
  if (!POINT.test(pushkey)) return false;
  try {
    ECDH.convertKey(pushkey, 'prime256v1', 'base64url', 'base64url', 'uncompressed');
    return true;
  } catch {
    return false;
  }
}

/** Whether these are the two halves of one pair (RFC 8292): else no push service takes anything that is signed with them. */
export function isPair({
  publicKey,
  privateKey,
}: {
  readonly publicKey: string;
  readonly privateKey: string;
}): boolean {
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(privateKey, 'base64url');
    return pair.getPublicKey('base64url', 'uncompressed') === publicKey;
  } catch {
    return false;
  }
}

/** Whom to wake, and which devices the homeserver is to forget. */
export function planPush(
  { event_id, room_id, prio, devices }: Notification,
  organisations: readonly string[],
  services: readonly PushService[],
): Plan {
  const wakes: Wake[] = [];
  const rejected: string[] = [];
  for (const { app_id, pushkey, data } of devices) {
    const organisation = organisations.find((id) => app_id === APP_ID + id);
    const parsed = v.safeParse(subscription, data);
    const endpoint = parsed.success ? endpointOf(parsed.output.endpoint, services) : null;
    if (organisation === undefined || !parsed.success || endpoint === null || !isPoint(pushkey)) {
      rejected.push(pushkey);
      continue;
    }
    if (!event_id || !room_id) continue;
    const keys = { p256dh: pushkey, auth: parsed.output.auth };
    const message = { room_id, event_id };
    wakes.push({ pushkey, organisation, endpoint, keys, message, urgent: prio !== 'low' });
  }
  return { wakes, rejected };
}

/** The address of a subscription, where it is one of a push service of the list: null otherwise. */
export function endpointOf(text: string, services: readonly PushService[]): URL | null {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null;
  return services.some((service) => isAt(url, service)) ? url : null;
}

function isAt(url: URL, service: PushService): boolean {
  const [, host = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(service) ?? [];
  // A URL leaves out the port that its scheme has anyway.
  if (url.port !== (port === '443' ? '' : port)) return false;
  return host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
}

/** What a push service's answer means (RFC 8030, 5 and 7.3; 0: it gave none). */
export function judgeAnswer(status: number): 'woken' | 'gone' | 'later' {
  if (status >= 200 && status < 300) return 'woken';
  // A subscription that is not there. What else is refused may be our mistake, which must not cost anybody her subscription.
  if (status === 404 || status === 410) return 'gone';
  return 'later';
}
