import type { BenchWorld } from './benchWorld.ts';
import { countReceived, newDevice, newProbedPage, seen } from './browserDevice.ts';
import type { Scenario } from './scenario.ts';

/** From the start of the navigation, in a browser that was never here, until the field for the address can be typed in. */
export function signInPage(bench: BenchWorld): Scenario {
  return {
    name: 'sign-in-page',
    runs: 7,
    figures: [
      { figure: 'sign-in-page.usable', unit: 'ms', bar: 350, better: 'lower' },
      { figure: 'sign-in-page.received', unit: 'KB', bar: 200, better: 'lower' },
    ],
    async prepare() {
      const { url } = await bench.front();
      const browser = await bench.browser();
      const once = async () => {
        const device = await newDevice(browser, url);
        const page = await newProbedPage(device, { field: { kind: 'field', selector: 'form input[autocomplete]' } });
        const received = await countReceived(page);
        await page.goto('/connexion');
        const usable = await seen(page, 'field');
        const kilobytes = await received.until(usable);
        await device.close();
        return { usable, kilobytes };
      };
      // The browser itself has to start, and the front to read its files once.
      await once();
      return {
        async run() {
          const { usable, kilobytes } = await once();
          return new Map([
            ['sign-in-page.usable', usable],
            ['sign-in-page.received', kilobytes],
          ]);
        },
        end: async () => {},
      };
    },
  };
}
