import type { UserId } from '@besace/protocol/core/ids';
import type { Stop } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';
import { createEmitter } from '../session/emitter.ts';
import { type PushRule, parseRules, usualRules } from './rules.ts';

/** The person's push rules as the sync last gave them; the usual ones until then. */
export interface RuleStore {
  readonly current: readonly PushRule[];
  /** The content of `m.push_rules`. */
  take(content: Readonly<Record<string, unknown>>): void;
  onChange(listener: () => void): Stop;
}

export function createRuleStore(me: UserId, logger: Logger): RuleStore {
  const changes = createEmitter<void>(logger, 'push-rules');
  let current = usualRules(me);
  let known: string | null = null;
  return {
    get current() {
      return current;
    },
    take(content) {
      // A server sends them again with every new connection: what did not change is not judged again.
      const text = JSON.stringify(content);
      if (text === known) return;
      known = text;
      current = parseRules(content, me);
      changes.emit();
    },
    onChange: (listener) => changes.on(listener),
  };
}
