import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommand } from './command.ts';

describe('a command', () => {
  test('[NOTIFIER-1] makes a hook with a name', () => {
    expect(parseCommand('!besace hook ci')).toEqual({ kind: 'hook', name: 'ci' });
    expect(parseCommand('  !besace  hook   Alerte météo  ')).toEqual({ kind: 'hook', name: 'Alerte météo' });
  });

  test('[NOTIFIER-3] lists and ends hooks', () => {
    expect(parseCommand('!besace hooks')).toEqual({ kind: 'hooks' });
    expect(parseCommand('!besace unhook ci')).toEqual({ kind: 'unhook', name: 'ci' });
  });

  test('that is not understood asks for help, and talk is no command', () => {
    expect(parseCommand('!besace')).toEqual({ kind: 'help' });
    expect(parseCommand('!besace hook')).toEqual({ kind: 'help' });
    expect(parseCommand(`!besace hook ${'x'.repeat(65)}`)).toEqual({ kind: 'help' });
    expect(parseCommand('!besace hook a\u202eb')).toEqual({ kind: 'help' });
    expect(parseCommand('voyez !besace hook ci')).toBeNull();
    expect(parseCommand('!besaces hook ci')).toBeNull();
  });

  test('never throws, whatever is said', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCommand(`!besace ${text}`)));
  });
});
