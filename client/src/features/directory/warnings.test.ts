import { expect, test } from 'vitest';
import { person } from './testing.ts';
import { warningsFor } from './warnings.ts';

const keys = (...input: Parameters<typeof warningsFor>) => warningsFor(...input).map(({ key }) => key);
const outsider = person('paul', { outsider: true });

test('[PEOPLE-7] [T10] what newcomers will read is always said', () => {
  expect(keys({ kind: 'chat', historyShared: true }, [])).toEqual(['historyShared']);
  expect(keys({ kind: 'chat', historyShared: false }, [person('bob')])).toEqual(['historyClosed']);
});

test('[PEOPLE-5] [PEOPLE-7] [T9] outsiders are counted, and reading what came before is said for them too', () => {
  expect(warningsFor({ kind: 'board', historyShared: true }, [outsider, person('bob')])).toEqual([
    { key: 'outsidersWarning', count: 1 },
    { key: 'historyShared' },
    { key: 'historySharedOutsiders' },
  ]);
});

test('[PEOPLE-7] a workspace has nothing to read: it is said that its rooms stay closed', () => {
  expect(keys({ kind: 'workspace', historyShared: true }, [person('bob')])).toEqual(['workspaceNote']);
  expect(keys({ kind: 'workspace', historyShared: true }, [outsider])).toEqual(['workspaceNote', 'outsidersWarning']);
});
