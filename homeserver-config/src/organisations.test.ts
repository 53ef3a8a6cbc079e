import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './layout.ts';
import { allowedServers, readFederation, readOrganisations } from './organisations.ts';
import { testFolder } from './testing/folder.ts';

const SHIPPED = join(ROOT, 'homeserver-config', 'organisations.yaml');

function file(text: string): string {
  const path = join(testFolder(), 'file.yaml');
  writeFileSync(path, text);
  return path;
}

it('reads the three organisations of the demo', () => {
  const organisations = readOrganisations(SHIPPED);
  expect(organisations.map((one) => [one.id, one.serverName, one.outsiders])).toEqual([
    ['interieur', 'interieur.test', false],
    ['culture', 'culture.test', false],
    ['externes', 'externes.test', true],
  ]);
});

it('takes one more organisation for one more line', () => {
  const line =
    '  - { id: sante, server: sante.test, domains: ["*.sante.gouv.fr"], label: { fr: Santé, en: Health } }\n';
  const organisations = readOrganisations(file(readFileSync(SHIPPED, 'utf8') + line));
  expect(organisations.at(-1)).toEqual({
    id: 'sante',
    serverName: 'sante.test',
    domains: ['*.sante.gouv.fr'],
    outsiders: false,
    label: { fr: 'Santé', en: 'Health' },
  });
  expect(allowedServers(organisations, { partners: [] })).toContain('sante.test');
});

it('says which line is wrong', () => {
  const one = (fields: string) => file(`organisations:\n  - { ${fields} }\n`);
  const label = 'label: { fr: a, en: a }';
  expect(() => readOrganisations(one(`id: A, server: a.test, domains: [], ${label}`))).toThrow('organisations.0.id');
  expect(() => readOrganisations(one(`id: a, server: "a b", domains: [], ${label}`))).toThrow('organisations.0.server');
  expect(() => readOrganisations(one(`id: a, server: a.test, domain: [], ${label}`))).toThrow('domain');
  expect(() => readOrganisations(one(`id: a, server: a.test, domains: [], ${label}`))).toThrow('outsiders');
  expect(() => readOrganisations(file('organisations: [}'))).toThrow('cannot be read');
});

it('lists partners that run elsewhere with the hosts that they are reached at', () => {
  const federation = readFederation(
    file('partners:\n  - { server: a.example }\n  - { server: b.example, hosts: [m.b.example] }\n'),
  );
  expect(federation.partners).toEqual([
    { serverName: 'a.example', hosts: ['a.example'] },
    { serverName: 'b.example', hosts: ['m.b.example'] },
  ]);
});
