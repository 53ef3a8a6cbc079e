import type {
  BesaceError,
  LaterApi,
  PeopleApi,
  PersonCard,
  SavedApi,
  SavedLine,
  SavedMessage,
  ScheduledMessage,
} from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';

/** What a person keeps for herself in the world of the double. */
export type KeptWorld = {
  saved: SavedMessage[];
  /** What the messages that are kept say, by event. */
  savedLines: Map<string, SavedLine>;
  scheduled: ScheduledMessage[];
  ignored: UserId[];
  people: Map<string, PersonCard>;
};

type Watch = <T>(read: () => T | undefined, listener: (value: T) => void) => Promise<() => void>;
type Done = <T>(method: string, args: readonly unknown[], run: () => T) => Promise<Result<T, BesaceError>>;

export function emptyKept(): KeptWorld {
  return { saved: [], savedLines: new Map(), scheduled: [], ignored: [], people: new Map() };
}

/** The part of the double that is about what one keeps for oneself. */
export function keptDouble(world: KeptWorld, watch: Watch, done: Done): SavedApi & LaterApi & PeopleApi {
  function dropScheduled(id: string): void {
    world.scheduled = world.scheduled.filter((one) => one.id !== id);
  }

  return {
    watchSaved: (listener) => watch(() => world.saved, listener),
    save: (roomId, eventId) =>
      done('save', [roomId, eventId], () => {
        world.saved = [{ roomId, eventId, savedAt: Date.now() }, ...world.saved];
      }),
    unsave: (roomId, eventId) =>
      done('unsave', [roomId, eventId], () => {
        world.saved = world.saved.filter((one) => one.eventId !== eventId);
      }),
    savedLine: async (_roomId, eventId) => {
      const line = world.savedLines.get(eventId);
      return line === undefined ? err({ code: 'not-found' }) : ok(line);
    },

    watchScheduled: (listener) => watch(() => world.scheduled, listener),
    reschedule: (id, due) =>
      done('reschedule', [id, due], () => {
        world.scheduled = world.scheduled.map((one) => (one.id === id ? { ...one, due } : one));
      }),
    sendNow: (id) => done('sendNow', [id], () => dropScheduled(id)),
    watchIgnored: (listener) => watch(() => world.ignored, listener),
    setIgnored: (user, ignored) =>
      done('setIgnored', [user, ignored], () => {
        const others = world.ignored.filter((one) => one !== user);
        world.ignored = ignored ? [...others, user] : others;
      }),
    person: async (user) => {
      const card = world.people.get(user);
      return card === undefined
        ? err({ code: 'unknown-person' })
        : ok({ ...card, ignored: world.ignored.includes(user) });
    },
    reportRoom: (...args) => done('reportRoom', args, () => undefined),

    cancelScheduled: (id) => done('cancelScheduled', [id], () => dropScheduled(id)),
  };
}
