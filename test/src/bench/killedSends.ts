import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Timeline, TimelineItem } from '@besace/matrix/api/types';
import { beginConversation, fileText, nameOf, sendKilled } from '@besace/matrix/outbox/killing';
import type { RoomId } from '@besace/protocol/core/ids';
import { must } from '../demo/agent.ts';
import { eventually } from '../harness/http.ts';
import type { BenchWorld } from './benchWorld.ts';
import type { Scenario } from './scenario.ts';

const MESSAGES = 200;
const KILLS = 50;
/** Of what leaves between two kills, so that all of them come before the end. */
const AT_MOST = 3;

/** A send of 200 messages, of which 40 are files, by a device that is killed at 50 random moments (T8). */
export function killedSends(bench: BenchWorld): Scenario {
  return {
    name: 'killed-sends',
    onlyWhenNamed: true,
    runs: 1,
    figures: [
      { figure: 'killed-sends.kills', unit: 'count', bar: KILLS, better: 'higher' },
      { figure: 'killed-sends.missing', unit: 'count', bar: 0, better: 'lower' },
      { figure: 'killed-sends.twice', unit: 'count', bar: 0, better: 'lower' },
      { figure: 'killed-sends.out-of-order', unit: 'count', bar: 0, better: 'lower' },
      { figure: 'killed-sends.broken-files', unit: 'count', bar: 0, better: 'lower' },
    ],
    async prepare() {
      const sophie = await bench.agent('culture.gouv.fr', 'sophie');
      const directory = mkdtempSync(join(tmpdir(), 'besace-killed-'));
      const victim = { directory, ...(await (await bench.world()).register('interieur', 'claire')) };
      const room = (await beginConversation(victim, sophie.userId)) as RoomId;
      await sophie.join(room);
      let timeline: Timeline | null = null;
      const stop = await sophie.api.watchTimeline(room, (next) => {
        timeline = next;
      });
      const items = (): readonly TimelineItem[] => timeline?.items ?? [];
      return {
        async run() {
          const kills = await sendKilled(victim, room, { count: MESSAGES, kills: KILLS, atMost: AT_MOST });
          const names = Array.from({ length: MESSAGES }, (_, n) => nameOf(n));
          await eventually(async () => items().some((item) => saidIn(item) === names.at(-1)), 60_000);
          const said = items().flatMap((item) => saidIn(item) ?? []);
          let broken = 0;
          for (const { body } of items()) {
            if (body.kind !== 'file') continue;
            const text = await must(await sophie.api.download(body.media)).text();
            if (text !== fileText(names.indexOf(body.media.name))) broken += 1;
          }
          const places = said.map((name) => names.indexOf(name));
          return new Map([
            ['killed-sends.kills', kills],
            ['killed-sends.missing', names.filter((name) => !said.includes(name)).length],
            ['killed-sends.twice', said.length - new Set(said).size],
            [
              'killed-sends.out-of-order',
              places.filter((place, at) => at > 0 && place < Number(places[at - 1])).length,
            ],
            ['killed-sends.broken-files', broken],
          ]);
        },
        async end() {
          stop();
          rmSync(directory, { recursive: true, force: true });
        },
      };
    },
  };
}

/** What a message says, or how its file is called. */
function saidIn({ body }: TimelineItem): string | null {
  if (body.kind === 'text') return body.text;
  return body.kind === 'file' ? body.media.name : null;
}
