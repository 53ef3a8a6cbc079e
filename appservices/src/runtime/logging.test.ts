import { describe, expect, it } from 'vitest';
import { createLogger } from './logging.ts';

describe('a log line', () => {
  it('of an error has its class, code and frames, not its message, which may quote what people wrote', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    class Odd extends Error {
      override name = 'Odd';
      code = 'E_ODD';
    }
    log.error({ err: new Odd('agent@gouv.fr\nagent2@gouv.fr') }, 'failed');
    log.error({ err: 'agent@gouv.fr' }, 'failed');
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      level: 'error',
      msg: 'failed',
      service: 'appservices',
      err: { type: 'Odd', code: 'E_ODD' },
    });
    expect(first.err.stack[0]).toMatch(/^at /);
    expect(second.err).toEqual({ type: 'string' });
    expect(lines.join()).not.toContain('gouv.fr');
  });
});
