import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './layout.ts';
import { securityHeaders } from './webHeaders.ts';

it('is what the configurations shipped for production send, to the letter', () => {
  for (const name of ['nginx.conf', 'Caddyfile']) {
    const text = readFileSync(join(ROOT, 'homeserver-config', 'templates', 'front', name), 'utf8');
    for (const [header, value] of Object.entries(securityHeaders())) {
      expect(text, name).toContain(`${header} "${value}"`);
    }
  }
});
