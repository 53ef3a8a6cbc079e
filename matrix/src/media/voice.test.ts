import { describe, expect, it } from 'vitest';
import { voiceContent, voiceOf } from './voice.ts';

describe('a voice message', () => {
  it('[MEDIA-8] is read as it is written', () => {
    const voice = { duration: 1_234, waveform: [0, 512, 1_024] };
    expect(voiceOf(voiceContent(voice))).toEqual(voice);
    expect(voiceContent(voice)).toHaveProperty(['org.matrix.msc1767.audio', 'duration'], 1_234);
  });

  it('[MEDIA-8] another sound is none', () => {
    expect(voiceOf({ msgtype: 'm.audio', 'org.matrix.msc1767.audio': { duration: 1 } })).toBeNull();
  });

  it('[MEDIA-8] [T3] is bounded, whatever it says', () => {
    const hostile = {
      'm.voice': {},
      'm.audio': { duration: 1e99, waveform: [-1, 1e9, '5', null, NaN, ...Array(1_000).fill(1)] },
    };
    const read = voiceOf(hostile);
    expect(read?.duration).toBe(0);
    expect(read?.waveform).toHaveLength(128);
    expect(read?.waveform.slice(0, 5)).toEqual([0, 1_024, 0, 0, 0]);
    expect(voiceOf({ 'm.voice': {}, info: { duration: 12.6 } })).toEqual({ duration: 13, waveform: [] });
    for (const odd of [{ 'm.voice': [] }, { 'm.voice': true }]) expect(voiceOf(odd)).toBeNull();
  });
});
