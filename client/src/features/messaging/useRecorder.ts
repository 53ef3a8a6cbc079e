import type { Voice } from '@besace/matrix/api/types';
import { computed, onScopeDispose, ref, type ShallowRef, shallowRef } from 'vue';
import { waveformOf } from './waveform.ts';

/** What was recorded. */
export type Recorded = { readonly blob: Blob; readonly name: string; readonly url: string; readonly voice: Voice };

type State = 'idle' | 'asking' | 'recording' | 'reading' | 'done' | 'refused';

/** In order of what others play: Element writes the first. */
const types = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4'];
/** A message, no lecture: ms. */
const longest = 15 * 60_000;

/** Records the microphone of this device (MSG-75). Belongs to the scope that calls it, and lets go of the microphone with it. */
export function useRecorder() {
  const state = ref<State>('idle');
  /** Milliseconds so far. */
  const elapsed = ref(0);
  const recorded: ShallowRef<Recorded | null> = shallowRef(null);
  let recorder: MediaRecorder | null = null;
  let microphone: MediaStream | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  let live = true;

  onScopeDispose(() => {
    live = false;
    release();
    forget();
  });

  async function start(): Promise<void> {
    forget();
    state.value = 'asking';
    try {
      microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (!live) return release();
      const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
      const own = new MediaRecorder(microphone, mimeType === undefined ? {} : { mimeType });
      recorder = own;
      const parts: Blob[] = [];
      const begun = performance.now();
      own.ondataavailable = ({ data }) => parts.push(data);
      own.onstop = () => void read(new Blob(parts, { type: own.mimeType }), performance.now() - begun);
      own.start();
      timer = setInterval(() => {
        elapsed.value = performance.now() - begun;
        if (elapsed.value >= longest) stop();
      }, 200);
      state.value = 'recording';
    } catch {
      // No microphone, or none for us: the sentence says what to do.
      release();
      state.value = 'refused';
    }
  }

  function stop(): void {
    if (recorder?.state !== 'recording') return;
    state.value = 'reading';
    recorder.stop();
    release();
  }

  async function read(blob: Blob, duration: number): Promise<void> {
    if (!live) return;
    let context: AudioContext | null = null;
    let waveform: number[] = [];
    try {
      context = new AudioContext();
      const sound = await context.decodeAudioData(await blob.arrayBuffer());
      waveform = waveformOf(sound.getChannelData(0));
    } catch {
      // It is sent all the same, with a flat line.
    } finally {
      await context?.close();
    }
    if (!live) return;
    const type = blob.type.split(';')[0] ?? '';
    const name = `voice.${type.split('/')[1] ?? 'webm'}`;
    const plain = new Blob([blob], { type });
    recorded.value = { blob: plain, name, url: URL.createObjectURL(plain), voice: { duration, waveform } };
    state.value = 'done';
  }

  function release(): void {
    clearInterval(timer);
    for (const track of microphone?.getTracks() ?? []) track.stop();
    microphone = null;
    if (recorder?.state === 'recording') recorder.stop();
    recorder = null;
  }

  function forget(): void {
    if (recorded.value !== null) URL.revokeObjectURL(recorded.value.url);
    recorded.value = null;
    elapsed.value = 0;
  }

  return { state, seconds: computed(() => elapsed.value / 1_000), recorded, start, stop };
}
