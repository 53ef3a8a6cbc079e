import type { LyingServer } from './lyingServer.ts';

/** To-device messages, which carry the keys, are kept back while held, then delivered with the next sync. */
export function holdPost(server: LyingServer): { hold(): void; release(): void } {
  let holding = false;
  let held: unknown[] = [];
  server.lie((answer) => {
    const post = at(at(answer.body, 'extensions'), 'to_device');
    const events = at(post, 'events');
    if (!Array.isArray(events)) return answer;
    const told = holding ? [] : [...held, ...events];
    held = holding ? [...held, ...events] : [];
    const body = answer.body as { extensions: object };
    return {
      ...answer,
      body: { ...body, extensions: { ...body.extensions, to_device: { ...(post as object), events: told } } },
    };
  });
  return {
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
    },
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
