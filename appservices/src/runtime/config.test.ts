import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configJson } from '../testing/config.ts';
import { ConfigError, parseConfig, readConfig } from './config.ts';

const problems = (change: (json: ReturnType<typeof configJson>) => void): readonly string[] => {
  const json = configJson();
  change(json);
  try {
    parseConfig(json);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('fills in what may be left out', () => {
    const config = parseConfig(configJson());
    expect(config.database).toEqual({ kind: 'sqlite' });
    expect(config.limits.signUpAddress).toEqual({ count: 5, seconds: 3600 });
    expect(config.trustedProxies).toEqual(['loopback']);
  });

  it('says where each fault is, and never the value', () => {
    const found = problems((json) => {
      json.listen.port = 70_000;
      json.publicUrl = 'javascript:alert(1)';
      json.metricsToken = 'changeme';
      for (const organisation of json.organisations) organisation.asToken = 'hunter2';
    });
    expect(found.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['listen.port', 'publicUrl', 'metricsToken', 'organisations.0.asToken']),
    );
    expect(found.join()).not.toMatch(/changeme|hunter2/);
  });

  it('refuses two organisations of one id, server, domain or token', () => {
    const twice = (change: (one: ReturnType<typeof configJson>['organisations'][number]) => void) =>
      problems((json) => json.organisations.slice(0, 2).forEach(change)).join();
    expect(
      twice((one) => {
        one.id = 'same';
      }),
    ).toContain('same id');
    expect(
      twice((one) => {
        one.serverName = 'same.test';
      }),
    ).toContain('same serverName');
    expect(
      twice((one) => {
        one.domains = ['same.fr'];
      }),
    ).toContain('same domain');
    expect(
      twice((one) => {
        one.asToken = 'the-same-token-twice';
      }),
    ).toContain('different');
  });

  it('wants exactly one organisation for outsiders', () => {
    const outsiders = (value: boolean) =>
      problems((json) =>
        json.organisations.forEach((one) => {
          one.outsiders = value;
        }),
      ).join();
    expect(outsiders(true)).toContain('exactly one');
    expect(outsiders(false)).toContain('exactly one');
  });

  it('is read from a file, or says what is wrong with the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'besace-config-'));
    try {
      const file = join(folder, 'config.json');
      await expect(readConfig(file)).rejects.toThrow('cannot be read');
      writeFileSync(file, '{');
      await expect(readConfig(file)).rejects.toThrow('is not JSON');
      writeFileSync(file, JSON.stringify(configJson()));
      expect((await readConfig(file)).organisations).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
