import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Command } from './command.ts';
import type { CommandEffects, Hook } from './store.ts';
import type { Words } from './words.ts';

/** Power from which a member manages a room: the same as for its name (`workspaces`). */
export const MANAGER = 50;

export type Asked = {
  readonly command: Command;
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly power: number;
  readonly outsider: boolean;
};

export type Known = {
  /** Hooks of the room that have not ended. */
  readonly hooks: readonly Hook[];
  /** A fresh secret, used only if a hook is made. */
  readonly secret: string;
  readonly publicUrl: string;
  readonly words: Words;
};

/** What a command comes to. Pure: the store carries it out in one transaction (NOTIFIER-1, 2, 3). */
export function plan(asked: Asked, known: Known): CommandEffects {
  const { command, roomId, eventId, sender } = asked;
  const { words, hooks } = known;
  const say = (text: string, rest: Partial<CommandEffects> = {}): CommandEffects => ({
    make: null,
    end: null,
    ...rest,
    say: [{ id: answerId(eventId, 'room'), target: { kind: 'room', roomId }, text }, ...(rest.say ?? [])],
  });
  if (command.kind === 'help') return say(words.help);
  if (command.kind === 'hooks') {
    return say(hooks.length === 0 ? words.none : [words.list, ...hooks.map((hook) => `• ${hook.name}`)].join('\n'));
  }
  // Not `<`: a power that is no number must not pass.
  if (asked.outsider || !(asked.power >= MANAGER)) return say(words.notAllowed);
  const exists = hooks.some((hook) => hook.name === command.name);
  if (command.kind === 'unhook') {
    return exists ? say(words.ended(command.name), { end: command.name }) : say(words.unknown(command.name));
  }
  if (exists) return say(words.taken(command.name));
  const address = `${known.publicUrl}/${known.secret}`;
  return say(words.made(command.name), {
    make: { name: command.name, secret: known.secret, by: sender },
    say: [
      {
        id: answerId(eventId, 'person'),
        target: { kind: 'person', userId: sender },
        text: words.address(command.name, address),
      },
    ],
  });
}

/** The transaction id of an answer: the same for the same command, so that it is said once. */
function answerId(eventId: EventId, to: 'room' | 'person'): string {
  return `answer-${to}-${eventId.replace(/[^A-Za-z0-9_-]/g, '')}`;
}
