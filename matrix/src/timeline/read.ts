import type { CryptoPort } from '../session/context.ts';
import { isRecord, type RawEvent } from '../sync/rawEvent.ts';
import type { Content, Reading, TimelineEvent } from './event.ts';

const ENCRYPTED = 'm.room.encrypted';

/** Reads one raw event, decrypting it where it is encrypted. Never throws for what a server or a sender did (T7). */
export async function readEvent(crypto: CryptoPort, raw: RawEvent): Promise<TimelineEvent> {
  const base = {
    eventId: raw.event_id,
    roomId: raw.room_id,
    sender: raw.sender,
    at: raw.origin_server_ts,
    stateKey: raw.state_key ?? null,
    transactionId: typeof raw.unsigned.transaction_id === 'string' ? raw.unsigned.transaction_id : null,
  };
  if (isPruned(raw)) return { ...base, reading: { kind: 'removed' } };
  if (raw.type !== ENCRYPTED) return { ...base, reading: plain(raw) };
  const result = await crypto.decrypt(raw);
  if (!result.ok) {
    const { why, sessionId } = result.error;
    return { ...base, reading: { kind: 'locked', why, sessionId, raw } };
  }
  const { type, content, wireRelation, stateKey, proof } = result.value;
  const restored = proof === 'restored' ? raw : null;
  return {
    ...base,
    stateKey,
    reading: { kind: 'clear', type, content, encrypted: true, wireRelation, previous: null, restored },
  };
}

function plain(raw: RawEvent): Reading {
  const previous: Content | null = isRecord(raw.unsigned.prev_content) ? raw.unsigned.prev_content : null;
  const { type, content } = raw;
  return { kind: 'clear', type, content, encrypted: false, wireRelation: null, previous, restored: null };
}

/** A message whose content the server no longer has. State keeps what a redaction leaves of it. */
function isPruned(raw: RawEvent): boolean {
  if (!isRecord(raw.unsigned.redacted_because)) return false;
  return raw.state_key === undefined || raw.type === ENCRYPTED;
}
