import { describe, expect, it } from 'vitest';
import { judgeHealth } from './plan.ts';

const well = { ok: true, ms: 1 };
const ill = { ok: false, ms: 2000 };

describe('health', () => {
  it('[HEA-2] is down without the store, degraded without anything else', () => {
    expect(judgeHealth({ store: well, mail: well }).status).toBe('ok');
    expect(judgeHealth({ store: well, mail: ill }).status).toBe('degraded');
    expect(judgeHealth({ store: ill, mail: well }).status).toBe('down');
    expect(judgeHealth({}).status).toBe('down');
  });
});
