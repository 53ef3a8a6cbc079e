import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { buildPushPayload } from '@block65/webcrypto-web-push';
import type { Config } from '../../runtime/config.ts';
import type { Wake } from './plan.ts';

export type PushConfig = NonNullable<Config['push']>;

/** Sends one; the status of the answer, 0 where there was none. */
export type Send = (wake: Wake) => Promise<number>;

/** A message that nobody fetched is of no use the day after; seconds. */
const TTL_SECONDS = 24 * 3600;
const TIMEOUT_MS = 10_000;

/** Encrypts for the browser (RFC 8291), signs (RFC 8292) and posts (RFC 8030). Redirects are not followed, answers not read. */
export function createSend({ vapid, subject, caFile }: PushConfig): Send {
  const ca = caFile === undefined ? undefined : readFileSync(caFile);
  return async ({ endpoint, keys, message, urgent }) => {
    const payload = await buildPushPayload(
      { data: message, options: { ttl: TTL_SECONDS, urgency: urgent ? 'high' : 'normal' } },
      { endpoint: endpoint.href, expirationTime: null, keys },
      { subject, ...vapid },
    );
    return new Promise((resolve) => {
      const asked = request(
        endpoint,
        { method: 'POST', headers: payload.headers, timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) },
        (answer) => {
          resolve(answer.statusCode ?? 0);
          answer.destroy();
        },
      );
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => resolve(0));
      asked.end(Buffer.from(payload.body));
    });
  };
}
