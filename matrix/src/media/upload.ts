import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { parseMxc } from './mxc.ts';

export type UploadWatch = { readonly signal: AbortSignal; progress(fraction: number): void };

const PATH = '/_matrix/media/v3/upload';
/** Longest upload, ms, where nothing says how it advances. */
const BLIND_TIMEOUT_MS = 30 * 60_000;
/** Longest silence of an upload that says how it advances, ms. */
const STALLED_MS = 60_000;

/**
 * Uploads ciphertext under no name and no type: the server learns its size only. Gives the `mxc://` address.
 *
 * Browsers report the progress of an upload through XMLHttpRequest alone; elsewhere there is `fetch`, and no progress.
 */
export async function uploadCiphertext(
  context: SessionContext,
  bytes: Uint8Array,
  watch: UploadWatch,
): Outcome<string> {
  if (typeof XMLHttpRequest === 'function') return uploadByXhr(context, bytes, watch);
  const answer = await context.http.json({
    method: 'POST',
    path: PATH,
    body: bytes,
    contentType: 'application/octet-stream',
    signal: watch.signal,
    timeoutMs: BLIND_TIMEOUT_MS,
  });
  return answer.ok ? readAddress(answer.value) : answer;
}

function uploadByXhr(context: SessionContext, bytes: Uint8Array, watch: UploadWatch): Outcome<string> {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const { clock } = context.platform;
    let patience = clock.after(STALLED_MS, () => xhr.abort());
    const abort = () => xhr.abort();
    watch.signal.addEventListener('abort', abort);
    xhr.upload.onprogress = (event) => {
      patience();
      patience = clock.after(STALLED_MS, () => xhr.abort());
      if (event.total > 0) watch.progress(Math.min(1, event.loaded / event.total));
    };
    xhr.onloadend = () => {
      patience();
      watch.signal.removeEventListener('abort', abort);
      resolve(xhr.status === 0 ? err({ code: 'offline' }) : readXhr(xhr));
    };
    xhr.open('POST', `${context.account.homeserver}${PATH}`);
    xhr.setRequestHeader('Authorization', `Bearer ${context.client.getAccessToken() ?? ''}`);
    xhr.setRequestHeader('Content-Type', 'application/octet-stream');
    xhr.send(new Uint8Array(bytes));
  });
}

function readXhr(xhr: XMLHttpRequest): Result<string, BesaceError> {
  const body = parseJson(xhr.responseText);
  if (xhr.status < 300) return readAddress(body);
  if (xhr.status === 429) {
    const seconds = Number(xhr.getResponseHeader('Retry-After') ?? Number.NaN);
    return err(Number.isFinite(seconds) ? { code: 'limited', retryAfterMs: seconds * 1000 } : { code: 'limited' });
  }
  if (xhr.status >= 500 || xhr.status === 408) return err({ code: 'server-failed' });
  if (!isRecord(body) || typeof body.errcode !== 'string') return err({ code: 'server-nonsense' });
  if (xhr.status === 401) return err({ code: 'signed-out' });
  if (xhr.status === 413) return err({ code: 'too-large' });
  return err({ code: xhr.status === 403 ? 'forbidden' : 'invalid', detail: body.errcode });
}

function readAddress(body: unknown): Result<string, BesaceError> {
  const address = isRecord(body) ? body.content_uri : undefined;
  return typeof address === 'string' && parseMxc(address) !== null
    ? ok(address)
    : err({ code: 'server-nonsense', detail: 'content_uri' });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON: the caller says `server-nonsense`
  }
}
