import { fixtureBoard } from '@besace/protocol/features/tasks';
import { must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import type { Scenario } from './scenario.ts';

const CARDS = 200;

/** Cards written to one board, from the first call until the homeserver has them all, encrypted, in order. */
export function objectWrites(bench: BenchWorld): Scenario {
  return {
    name: 'objects',
    runs: 3,
    figures: [{ figure: 'objects.written', unit: '1/s', bar: null, better: 'higher' }],
    async prepare() {
      const claire = await bench.agent('interieur.gouv.fr', 'claire');
      const workspace = must(await claire.api.createWorkspace({ name: 'Mesure' }));
      let seed = 1;
      return {
        async run() {
          seed += 1;
          const room = must(
            await claire.api.createRoomIn({
              workspace,
              name: 'Tableau',
              kind: 'board',
              openToOutsiders: false,
              inviteMembers: false,
            }),
          );
          await claire.sent();
          const { objects } = fixtureBoard({ cards: CARDS, people: [claire.userId], seed });
          const start = performance.now();
          for (const { type, objectId, content } of objects)
            must(await claire.api.writeObject(room, type, objectId, content));
          await claire.sent();
          return new Map([['objects.written', (objects.length * 1_000) / (performance.now() - start)]]);
        },
        end: async () => {},
      };
    },
  };
}
