import type { TimelineItem } from '@besace/matrix/api/types';
import { type App, type Component, type InjectionKey, inject } from 'vue';
import type { ComposerTool, Feature } from './feature.ts';

/** What features give to conversations. */
export type MessageParts = {
  bodyOf(kind: TimelineItem['body']['kind']): Component | null;
  readonly tools: readonly ComposerTool[];
};

const partsKey: InjectionKey<MessageParts> = Symbol('message parts');
const none: MessageParts = { bodyOf: () => null, tools: [] };

export function provideMessageParts(app: App, features: readonly Feature[]): void {
  app.provide(partsKey, {
    bodyOf: (kind) =>
      features.find(({ messageBodies }) => messageBodies?.[kind] !== undefined)?.messageBodies?.[kind] ?? null,
    tools: features.flatMap(({ composerTools }) => composerTools ?? []),
  });
}

export function useMessageParts(): MessageParts {
  return inject(partsKey, none);
}
