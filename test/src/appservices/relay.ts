import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a relay treats what passes: as it is, nothing at all, or asks on but loses the answer. */
export type RelayMood = 'through' | 'cut' | 'lose-answer';

export interface Relay {
  readonly url: string;
  /** Moods for requests whose path and method match; what matches none passes. */
  set(mood: RelayMood, method: string, path: string): void;
  clear(): void;
  stop(): Promise<void>;
}

/** A bad network in front of a real server: what arrives, arrives there. */
export async function startRelay(target: string): Promise<Relay> {
  let rule: { mood: RelayMood; method: string; path: string } | undefined;
  const server = createServer((incoming, outgoing) => {
    const matches = rule !== undefined && rule.method === incoming.method && incoming.url?.startsWith(rule.path);
    const mood = matches && rule !== undefined ? rule.mood : 'through';
    if (mood === 'cut') {
      incoming.socket.destroy();
      return;
    }
    const passed = request(target + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      if (mood === 'lose-answer') {
        // Only once the server has done all it was asked.
        answer.resume().once('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(mood, method, path) {
      rule = { mood, method, path };
    },
    clear() {
      rule = undefined;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
