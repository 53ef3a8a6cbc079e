/** How many bars stand for a voice message. */
export const bars = 64;
/** The loudest of a waveform (MSC1767). */
const loudest = 1024;

/** Loudness along a recording, in `bars` values from 0 to 1,024: the peak of each part, against the loudest of all. */
export function waveformOf(samples: Float32Array): number[] {
  const part = Math.max(1, Math.floor(samples.length / bars));
  const peaks = Array.from({ length: bars }, (_, at) => {
    let peak = 0;
    for (let index = at * part; index < Math.min(samples.length, (at + 1) * part); index++) {
      peak = Math.max(peak, Math.abs(samples[index] ?? 0));
    }
    return peak;
  });
  // Silence stays silent: what is hardly there is not blown up.
  const most = Math.max(0.05, ...peaks);
  return peaks.map((peak) => Math.round((loudest * peak) / most));
}

/** Heights of the bars to draw, from 0.08 to 1; a flat line where the message says nothing of itself. */
export function heightsOf(waveform: readonly number[]): readonly number[] {
  if (waveform.length === 0) return Array.from({ length: bars }, () => 0.08);
  return Array.from({ length: bars }, (_, at) => {
    const value = waveform[Math.floor((at * waveform.length) / bars)] ?? 0;
    return Math.max(0.08, value / loudest);
  });
}

/** `1:05` */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
