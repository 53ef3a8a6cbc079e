import type { BesaceApi, BesaceError, NotifySettings, RoomLevel, Stop } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

export type NotifyRules = {
  /** Null until they are known. */
  readonly settings: Readonly<ShallowRef<NotifySettings | null>>;
  levelOf(roomId: RoomId): RoomLevel;
  /** Shows at once; null when it was taken, else why it was not. */
  setLevel(roomId: RoomId, level: RoomLevel): Promise<BesaceError | null>;
  setKeywords(keywords: readonly string[]): Promise<BesaceError | null>;
};

/** The person's rules, live; what she changes shows before the server has it, and goes back when it is refused. */
export function useNotifyRules(
  api: Pick<BesaceApi, 'watchNotifySettings' | 'setRoomLevel' | 'setKeywords'>,
  dispose: (end: () => void) => void = onScopeDispose,
): NotifyRules {
  const settings = shallowRef<NotifySettings | null>(null);
  let heard: NotifySettings | null = null;
  let changing = 0;
  const stopping: Promise<Stop> = api.watchNotifySettings((next) => {
    heard = next;
    if (changing === 0) settings.value = next;
  });
  dispose(() => void stopping.then((stop) => stop()));

  async function change(
    shown: (before: NotifySettings) => NotifySettings,
    ask: () => ReturnType<BesaceApi['setKeywords']>,
  ): Promise<BesaceError | null> {
    if (settings.value !== null) settings.value = shown(settings.value);
    changing += 1;
    const done = await ask();
    changing -= 1;
    if (changing === 0) settings.value = heard;
    return done.ok ? null : done.error;
  }

  return {
    settings,
    levelOf(roomId) {
      const own = settings.value?.rooms.find((room) => room.roomId === roomId)?.level;
      return own ?? settings.value?.usual ?? 'all';
    },
    setLevel: (roomId, level) =>
      change(
        (before) => ({
          ...before,
          rooms: [...before.rooms.filter((room) => room.roomId !== roomId), { roomId, level }],
        }),
        () => api.setRoomLevel(roomId, level),
      ),
    setKeywords: (keywords) =>
      change(
        (before) => ({ ...before, keywords }),
        () => api.setKeywords(keywords),
      ),
  };
}
