import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './layout.ts';
import { DISARMED, securityHeaders, UNWANTED } from './webHeaders.ts';

it('is what the configurations shipped for production send, to the letter', () => {
  for (const name of ['nginx.conf', 'Caddyfile']) {
    const text = readFileSync(join(ROOT, 'homeserver-config', 'templates', 'front', name), 'utf8');
    for (const [header, value] of Object.entries(securityHeaders())) {
      expect(text, name).toContain(`${header} "${value}"`);
    }
  }
});

it('lets no homeserver run a page in the origin of the client, in production either', () => {
  const shipped = (name: string) => readFileSync(join(ROOT, 'homeserver-config', 'templates', 'front', name), 'utf8');
  const [nginx, caddy] = [shipped('besace_proxy.conf'), shipped('Caddyfile')];
  for (const [header, value] of Object.entries(DISARMED)) {
    expect(nginx).toContain(`add_header ${header} "${value}" always`);
    expect(caddy).toContain(`header_down ${header} "${value}"`);
  }
  for (const header of UNWANTED) {
    expect(nginx).toContain(`proxy_hide_header ${header}`);
    expect(caddy).toContain(`header_down -${header}`);
  }
});
