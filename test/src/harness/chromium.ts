import type { LaunchOptions } from 'playwright-core';

/** Debian's Chromium, without sandbox, as containers want it; nothing of the browser itself talks to the network. */
export const CHROMIUM: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A microphone and a camera that make their own sound and picture, and ask nobody.
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ],
};
