import type { Voice } from '../api/types.ts';
import { isRecord } from '../sync/rawEvent.ts';

type Content = Readonly<Record<string, unknown>>;

export const MAX_WAVEFORM = 128;
/** The loudest of a waveform (MSC1767). */
const LOUDEST = 1_024;
/** A day, ms: what is longer is no message. */
const LONGEST = 86_400_000;

/** What makes a sound a voice message, as Element writes and reads it (MSC3245, MSC1767). */
export function voiceContent({ duration, waveform }: Voice): Content {
  const length = Math.round(duration);
  return {
    'org.matrix.msc3245.voice': {},
    'org.matrix.msc1767.audio': { duration: length, waveform: waveform.slice(0, MAX_WAVEFORM).map(loudness) },
  };
}

/** The voice of an `m.audio` message; null for another sound. Total. */
export function voiceOf(content: Content): Voice | null {
  if (!isRecord(content['org.matrix.msc3245.voice'] ?? content['m.voice'])) return null;
  const audio = content['org.matrix.msc1767.audio'] ?? content['m.audio'];
  const details = isRecord(audio) ? audio : {};
  const info = isRecord(content.info) ? content.info : {};
  const length = details.duration ?? info.duration;
  const waveform = Array.isArray(details.waveform) ? details.waveform.slice(0, MAX_WAVEFORM) : [];
  return {
    duration: typeof length === 'number' && length >= 0 && length <= LONGEST ? Math.round(length) : 0,
    waveform: waveform.map(loudness),
  };
}

function loudness(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(LOUDEST, Math.round(value)) : 0;
}
