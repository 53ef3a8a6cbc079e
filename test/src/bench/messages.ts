import type { Timeline } from '@besace/matrix/api/types';
import { must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import { quantile, type Scenario } from './scenario.ts';

const MESSAGES = 60;

/** From the call that sends to the listener that shows it at the other ministry, encrypted, one message after the other. */
export function messageAcross(bench: BenchWorld): Scenario {
  return {
    name: 'message',
    runs: 3,
    figures: [
      { figure: 'message.across.p50', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'message.across.p95', unit: 'ms', bar: 250, better: 'lower' },
    ],
    async prepare() {
      const [claire, sophie] = [
        await bench.agent('interieur.gouv.fr', 'claire'),
        await bench.agent('culture.gouv.fr', 'sophie'),
      ];
      const room = must(
        await claire.api.createConversation({ name: 'Mesure', invite: [sophie.userId], direct: false }),
      );
      await sophie.join(room);
      const shown = new Map<string, () => void>();
      const stop = await sophie.api.watchTimeline(room, (timeline: Timeline) => {
        for (const { body } of timeline.items) if (body.kind === 'text') shown.get(body.text)?.();
      });
      let sent = 0;
      const once = async () => {
        sent += 1;
        const text = `message ${sent}`;
        const { promise, resolve } = Promise.withResolvers<void>();
        shown.set(text, resolve);
        const start = performance.now();
        must(await claire.api.sendText(room, { text }));
        await promise;
        shown.delete(text);
        return performance.now() - start;
      };
      // The first message shares the keys: it is not what an ordinary one costs.
      await once();
      return {
        async run() {
          const times: number[] = [];
          for (let index = 0; index < MESSAGES; index++) times.push(await once());
          return new Map([
            ['message.across.p50', quantile(times, 0.5)],
            ['message.across.p95', quantile(times, 0.95)],
          ]);
        },
        end: async () => stop(),
      };
    },
  };
}
