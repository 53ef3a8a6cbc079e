import { type Config, parseConfig } from '../runtime/config.ts';

/** A configuration of three organisations whose homeservers and mail server do not exist. */
export function configJson(dataDir = '/nonexistent') {
  const organisation = (id: string, domains: string[], outsiders = false) => ({
    id,
    serverName: `${id}.test`,
    label: { fr: `Organisation ${id}`, en: `Organisation ${id}` },
    domains,
    outsiders,
    homeserver: 'http://127.0.0.1:9',
    publicHomeserver: `http://localhost:8080/hs/${id}`,
    registrationSecret: `registration-of-${id}`,
    asToken: `as-token-of-${id}-0123456789`,
    hsToken: `hs-token-of-${id}-0123456789`,
  });
  return {
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: 'http://localhost:8080',
    dataDir,
    smtp: { host: '127.0.0.1', port: 9, from: 'besace@besace.test' },
    mailCatcher: null,
    logLevel: 'silent',
    metricsToken: 'metrics-token-0123456789',
    organisations: [
      organisation('interieur', ['interieur.gouv.fr', '*.interieur.gouv.fr', '*.gouv.fr']),
      organisation('culture', ['culture.gouv.fr', '*.musee.culture.gouv.fr']),
      organisation('externes', [], true),
    ],
  };
}

export function testConfig(dataDir?: string): Config {
  return parseConfig(configJson(dataDir));
}
