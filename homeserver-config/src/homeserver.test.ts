import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { layout, ROOT } from './layout.ts';
import { readOrganisations } from './organisations.ts';
import { portsFrom } from './ports.ts';
import { prepareSuite } from './suite.ts';
import { testFolder } from './testing/folder.ts';

const organisations = readOrganisations(join(ROOT, 'homeserver-config', 'organisations.yaml'));

async function prepared() {
  const of = layout(testFolder());
  const ports = portsFrom(
    20_000,
    organisations.map((one) => one.id),
  );
  const registration = (organisation: { id: string }, url: string) => ({ id: `besace-${organisation.id}`, url });
  const partners = [{ serverName: 'b.example', hosts: ['m.b.example'] }];
  const options = { layout: of, organisations, ports, federation: { partners }, appservices: { registration } };
  return { of, options, suite: await prepareSuite(options) };
}

it('renders what Synapse needs, from the one allow-list', async () => {
  const { of, suite } = await prepared();
  const home = join(of.data, 'homeservers', 'culture');
  const config = parse(readFileSync(join(home, 'homeserver.yaml'), 'utf8'));
  expect(config).toMatchObject({
    server_name: 'culture.test',
    public_baseurl: 'http://localhost:20000/hs/culture/',
    default_room_version: '12',
    max_event_delay_duration: '31d',
    enable_registration: false,
    ip_range_blacklist: [],
    trusted_key_servers: [],
    federation_domain_whitelist: ['interieur.test', 'culture.test', 'externes.test', 'b.example'],
    app_service_config_files: [join(home, 'registrations', 'besace.yaml')],
    modules: [{ config: { outsiders_here: false, outsiders_servers: ['externes.test'] } }],
  });
  expect(parse(readFileSync(join(home, 'registrations', 'besace.yaml'), 'utf8'))).toEqual({
    id: 'besace-culture',
    url: 'http://127.0.0.1:20005',
  });
  const gateway = JSON.parse(readFileSync(join(of.data, 'config', 'gateway.json'), 'utf8'));
  expect(Object.keys(gateway.routes)).toEqual([
    ...['interieur.test', 'culture.test', 'externes.test'],
    ...['b.example', 'm.b.example'],
  ]);
  expect(gateway.admin.controlToken).toBeNull();
  expect(config.https_proxy).toBe(
    `http://culture:${suite.secrets.organisations.culture?.gateway}@127.0.0.1:${gateway.listen.port}`,
  );
});

it('keeps secrets, keys and certificates over starts, in files that only their owner reads', async () => {
  const { of, options, suite } = await prepared();
  const key = join(of.data, 'homeservers', 'interieur', 'signing.key');
  const before = readFileSync(key, 'utf8');
  const again = await prepareSuite(options);
  expect(again.secrets).toEqual(suite.secrets);
  expect(readFileSync(key, 'utf8')).toBe(before);
  for (const file of [key, of.secrets, join(of.pki, 'ca.key'), join(of.pki, 'culture.test.key')]) {
    expect(statSync(file).mode & 0o777, file).toBe(0o600);
  }
  expect(statSync(join(of.data, 'config', 'gateway.json')).mode & 0o777).toBe(0o600);
});

it('refuses damaged secrets rather than making new ones over the old data', async () => {
  const { of, options } = await prepared();
  writeFileSync(of.secrets, '{');
  await expect(prepareSuite(options)).rejects.toThrow('is damaged');
});
