import { inject } from 'vitest';
import { connectWorld, type World, type WorldDescription } from './connect.ts';

declare module 'vitest' {
  interface ProvidedContext {
    besaceWorld: WorldDescription;
  }
}

/** The world that all integration tests of a run share. It has all organisations and every part that exists. */
export function sharedWorld(): World {
  return connectWorld(inject('besaceWorld'));
}
