import { afterEach, describe, expect, test, vi } from 'vitest';
import { type EffectScope, effectScope } from 'vue';
import { useRecorder } from './useRecorder.ts';

const scopes: EffectScope[] = [];

afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop();
  vi.unstubAllGlobals();
});

describe('the recorder of voice messages', () => {
  test('[MSG-75] lets go of the microphone when this browser cannot record it', async () => {
    const { tracks, recorder } = open(
      class {
        static isTypeSupported = () => false;
        constructor() {
          throw new Error('not supported');
        }
      },
    );
    await recorder.start();
    expect(recorder.state.value).toBe('refused');
    expect(tracks.map(({ stopped }) => stopped)).toEqual([true]);
  });

  test('[MSG-75] lets go of the microphone that is given after the dialog was closed', async () => {
    const { tracks, recorder } = open(Recorder);
    const starting = recorder.start();
    scopes.splice(0)[0]?.stop();
    await starting;
    expect(tracks.map(({ stopped }) => stopped)).toEqual([true]);
  });

  test('[MSG-75] what nothing here can decode is sent with a flat line', async () => {
    const { tracks, recorder } = open(Recorder);
    vi.stubGlobal(
      'AudioContext',
      class {
        constructor() {
          throw new Error('no sound here');
        }
      },
    );
    await recorder.start();
    recorder.stop();
    await expect.poll(() => recorder.state.value).toBe('done');
    expect(recorder.recorded.value?.voice.waveform).toEqual([]);
    expect(tracks.map(({ stopped }) => stopped)).toEqual([true]);
  });
});

class Recorder {
  static isTypeSupported = (type: string) => type === 'audio/webm;codecs=opus';
  state = 'inactive';
  mimeType = 'audio/webm;codecs=opus';
  onstop: () => void = () => undefined;
  start(): void {
    this.state = 'recording';
  }
  stop(): void {
    this.state = 'inactive';
    this.onstop();
  }
}

function open(MediaRecorder: unknown) {
  const tracks: { stopped: boolean }[] = [];
  const getUserMedia = async () => {
    const track = { stopped: false, stop: () => (track.stopped = true) };
    tracks.push(track);
    return { getTracks: () => [track] };
  };
  vi.stubGlobal('MediaRecorder', MediaRecorder);
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  const scope = effectScope();
  scopes.push(scope);
  const recorder = scope.run(() => useRecorder());
  if (recorder === undefined) throw new Error('no recorder');
  return { tracks, recorder };
}
