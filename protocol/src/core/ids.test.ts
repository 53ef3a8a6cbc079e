import { describe, expect, it } from 'vitest';
import { parseEventId, parseObjectId, parseRoomId, parseServerName, parseUserId, serverOf } from './ids.ts';
import { SINGLETON_ID } from './kind.ts';

const NO_IDS = [null, undefined, 7, {}, [], '', ' ', '__proto__', '\n', '\ud800'];

describe('ids', () => {
  it('are made by their parsers only, from text that looks like them', () => {
    expect(parseUserId('@claire.dupont:interieur.test').ok).toBe(true);
    expect(parseRoomId('!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM').ok).toBe(true);
    expect(parseRoomId('!opaque:interieur.test').ok).toBe(true);
    expect(parseEventId('$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg').ok).toBe(true);
    expect(parseServerName('interieur.test:8448').ok).toBe(true);
    expect(parseObjectId(SINGLETON_ID).ok).toBe(true);
  });

  it('[T3] are never made of anything else', () => {
    for (const input of NO_IDS) {
      for (const parse of [parseUserId, parseRoomId, parseEventId, parseServerName, parseObjectId]) {
        expect(parse(input).ok).toBe(false);
      }
    }
    for (const input of ['@a:b\n', '@a b:c', `@${'a'.repeat(254)}:b`, '@nobody', 'a:b', '@a:b/c'])
      expect(parseUserId(input).ok).toBe(false);
    for (const input of [`${SINGLETON_ID}A`, SINGLETON_ID.slice(1), `${SINGLETON_ID.slice(1)}=`])
      expect(parseObjectId(input).ok).toBe(false);
  });

  it('tell the server of a person', () => {
    const user = parseUserId('@eve:externes.test:8448');
    expect(user.ok && serverOf(user.value)).toBe('externes.test:8448');
  });
});
