import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IdentityFacts, identityOf, isSetupOver, matchesCode, rememberedIdentity } from './identity.ts';

const known: IdentityFacts = {
  setup: null,
  onServer: true,
  serverMaster: 'OLD',
  deviceSigned: true,
  holdsKeys: true,
  last: 'unknown',
};
const CODE = 'EsTV QNGZ PK5o Xrzj PF9j pNyw NWuv dMwE f6xv 9X1k R6F5 QM3e';

describe('where the identity stands', () => {
  it('[IDENTITY-1] asks for a setup where the account has no keys', () => {
    expect(identityOf({ ...known, onServer: false, deviceSigned: false, holdsKeys: false })).toEqual({
      kind: 'needs-setup',
    });
  });

  it('[IDENTITY-2] is not ready before the code is confirmed, network or not', () => {
    const setup = { code: CODE, step: 'stored' } as const;
    for (const onServer of [true, false, null])
      expect(identityOf({ ...known, setup, onServer })).toEqual({ kind: 'confirm-code' });
  });

  it('[IDENTITY-3] asks to go on with a setup that stopped half way', () => {
    for (const step of ['code-made', 'keys-uploaded'] as const) {
      const setup = { code: CODE, step };
      expect(identityOf({ ...known, setup })).toEqual({ kind: 'needs-setup' });
      expect(identityOf({ ...known, setup, onServer: false, holdsKeys: false })).toEqual({ kind: 'needs-setup' });
    }
  });

  it('[IDENTITY-3] gives way to another device that was quicker', () => {
    const setup = { code: CODE, step: 'code-made' } as const;
    expect(identityOf({ ...known, setup, deviceSigned: false, holdsKeys: false })).toEqual({ kind: 'unverified' });
  });

  it('[IDENTITY-4] keeps to what was known while the server cannot be asked', () => {
    for (const last of ['needs-setup', 'unverified', 'unknown'] as const) {
      expect(identityOf({ ...known, onServer: null, deviceSigned: false, last })).toEqual({ kind: last });
    }
    expect(identityOf({ ...known, onServer: null, last: 'unknown' })).toEqual({ kind: 'ready' });
  });

  it('is ready exactly when this device is signed and nothing is pending', () => {
    const facts = fc.record({
      setup: fc.constantFrom(
        null,
        { code: CODE, step: 'code-made' as const },
        { code: CODE, step: 'keys-uploaded' as const },
        { code: CODE, step: 'stored' as const },
      ),
      onServer: fc.constantFrom(true, false, null),
      serverMaster: fc.constantFrom('OLD', 'NEW', null),
      deviceSigned: fc.boolean(),
      holdsKeys: fc.boolean(),
      last: fc.constantFrom('unknown' as const, 'needs-setup' as const, 'unverified' as const),
    });
    fc.assert(
      fc.property(facts, (input) => {
        if (identityOf(input).kind !== 'ready') return true;
        return input.deviceSigned && input.onServer !== false && input.setup?.step !== 'stored';
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a reset', () => {
  const made = { publicMaster: 'NEW', master: 'a', selfSigning: 'b', userSigning: 'c' };
  const begun = { code: CODE, step: 'code-made', replaces: 'OLD' } as const;
  const uploading = { ...begun, made };
  const uploaded = { ...uploading, step: 'keys-uploaded' } as const;
  const stored = { code: CODE, step: 'stored' } as const;
  const unsigned = { deviceSigned: false, holdsKeys: false } as const;

  it('[IDENTITY-5] asks to go on wherever it broke off, network or not, and then for the code', () => {
    for (const setup of [begun, uploading, uploaded]) {
      for (const onServer of [true, false, null])
        expect(identityOf({ ...known, ...unsigned, setup, onServer })).toEqual({ kind: 'resetting' });
      expect(rememberedIdentity({ setup, identity: 'ready' })).toEqual({ kind: 'resetting' });
    }
    expect(rememberedIdentity({ setup: stored, identity: 'ready' })).toEqual({ kind: 'confirm-code' });
    expect(rememberedIdentity({ setup: null, identity: 'unverified' })).toEqual({ kind: 'unverified' });
  });

  it.each([
    ['nothing was changed, and this device is still signed', { setup: begun }, true],
    ['nothing was changed, and this device is not signed', { setup: begun, ...unsigned }, false],
    ['the upload did not arrive', { setup: uploading, ...unsigned }, false],
    ['the upload did not arrive, and the device was verified after all', { setup: uploading }, true],
    ['the upload arrived', { setup: uploading, serverMaster: 'NEW', ...unsigned }, false],
    ['the keys are uploaded', { setup: uploaded, serverMaster: 'NEW' }, false],
    ['another device was quicker', { setup: begun, serverMaster: 'THIRD', ...unsigned }, true],
    ['another device came after', { setup: uploaded, serverMaster: 'THIRD', ...unsigned }, true],
    ['the code waits to be confirmed', { setup: stored, serverMaster: 'NEW' }, false],
    ['the code waits, and another device came after', { setup: stored, serverMaster: 'THIRD', ...unsigned }, true],
    ['the server cannot be asked', { setup: uploaded, onServer: null, serverMaster: null }, false],
    ['the server has gone back to the keys of before', { setup: uploaded, ...unsigned }, false],
  ] satisfies readonly (readonly [string, Partial<IdentityFacts>, boolean])[])(
    '[IDENTITY-5] when %s',
    (_when, facts, over) => {
      expect(isSetupOver({ ...known, ...facts })).toBe(over);
    },
  );

  it('[IDENTITY-5] is never stuck: from each state there is a next one', () => {
    const facts = fc.record({
      setup: fc.constantFrom(null, begun, uploading, uploaded, stored, { code: CODE, step: 'code-made' as const }),
      onServer: fc.constantFrom(true, false, null),
      serverMaster: fc.constantFrom('OLD', 'NEW', 'THIRD', null),
      deviceSigned: fc.boolean(),
      holdsKeys: fc.boolean(),
      last: fc.constantFrom('unknown' as const, 'needs-setup' as const, 'unverified' as const, 'ready' as const),
    });
    fc.assert(
      fc.property(facts, (input) => {
        const over = isSetupOver(input);
        const left = over ? { ...input, setup: null } : input;
        // What is over is over: looking again says the same.
        return !isSetupOver(left) && identityOf(left).kind === identityOf({ ...left }).kind;
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the code typed back', () => {
  it('[IDENTITY-2] may be all of it or its end, with or without spaces', () => {
    expect(matchesCode(CODE, CODE)).toBe(true);
    expect(matchesCode(CODE, CODE.replaceAll(' ', ''))).toBe(true);
    expect(matchesCode(CODE, 'R6F5-QM3e')).toBe(true);
    expect(matchesCode(CODE, 'QM3e')).toBe(true);
  });

  it('[IDENTITY-2] must be right, and more than a guess', () => {
    expect(matchesCode(CODE, '')).toBe(false);
    expect(matchesCode(CODE, 'M3e')).toBe(false);
    expect(matchesCode(CODE, 'QM3f')).toBe(false);
  });
});
