import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { anyHostile, CONTRIBUTOR, eventId, MANAGER } from '../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../testing/runs.ts';
import type { RoomId } from './ids.ts';
import { packedKeyMatches, packKey, unpackKey } from './packed-key.ts';
import { type ClearEvent, checkEdit, relationOf, replyOf } from './relations.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const room = '!room' as RoomId;
const original: ClearEvent = {
  eventId: eventId('$original'),
  roomId: room,
  sender: CONTRIBUTOR,
  type: 'm.room.message',
  isState: false,
  encrypted: true,
  content: { body: 'rendez-vous à 10 h' },
  wireRelation: undefined,
};
const replaces = { rel_type: 'm.replace', event_id: '$original' };
const edit: ClearEvent = {
  ...original,
  eventId: eventId('$edit'),
  content: { body: '* 11 h', 'm.new_content': { body: 'rendez-vous à 11 h' }, 'm.relates_to': replaces },
  wireRelation: replaces,
};
const strict = { allowUnproven: false };

describe('edits', () => {
  it('[CORE-15] count when all is as it should be', () => {
    expect(checkEdit(original, edit, strict)).toEqual({
      ok: true,
      value: { content: { body: 'rendez-vous à 11 h' }, proven: true },
    });
  });

  it.each([
    ['a plaintext edit over an encrypted message (hole 1)', original, { ...edit, encrypted: false }, 'not-encrypted'],
    ['an encrypted edit over a plaintext message', { ...original, encrypted: false }, edit, 'not-encrypted'],
    ['another sender', original, { ...edit, sender: MANAGER }, 'other-sender'],
    ['another room', original, { ...edit, roomId: '!other' as RoomId }, 'other-room'],
    ['another type', original, { ...edit, type: 'm.sticker' }, 'other-type'],
    ['a state event as the original', { ...original, isState: true }, edit, 'state-event'],
    ['a state event as the edit', original, { ...edit, isState: true }, 'state-event'],
    [
      'an edit of an edit',
      { ...original, content: { ...(edit.content as object), 'm.relates_to': { ...replaces, event_id: '$first' } } },
      edit,
      'edit-of-edit',
    ],
    [
      'an edit of itself',
      { ...edit, content: original.content, eventId: eventId('$edit') },
      { ...edit, eventId: eventId('$edit') },
      'other-event',
    ],
    ['no new content', original, { ...edit, content: { 'm.relates_to': replaces } }, 'no-new-content'],
    [
      'new content that is no object',
      original,
      { ...edit, content: { 'm.new_content': [], 'm.relates_to': replaces } },
      'no-new-content',
    ],
    ['no relation', original, { ...edit, content: { 'm.new_content': {} }, wireRelation: undefined }, 'not-an-edit'],
  ] as const)('[CORE-15] [T1] refuses %s', (_, before, after, why) => {
    expect(checkEdit(before, after, { allowUnproven: true })).toEqual({ ok: false, error: why });
  });

  it('[CORE-15] [T1] made for one event are not applied to another by the wire copy of the relation (hole 2)', () => {
    const other = { ...original, eventId: eventId('$other') };
    const retargeted = { ...edit, wireRelation: { ...replaces, event_id: '$other' } };
    expect(checkEdit(other, retargeted, { allowUnproven: true })).toEqual({ ok: false, error: 'other-event' });
    expect(checkEdit(original, retargeted, strict).ok).toBe(true);
  });

  it('[CORE-15] [T1] proven by the wire only are for chat, and said to be unproven', () => {
    const unproven = { ...edit, content: { 'm.new_content': { body: 'x' } } };
    expect(checkEdit(original, unproven, strict)).toEqual({ ok: false, error: 'unproven' });
    const outcome = checkEdit(original, unproven, { allowUnproven: true });
    expect(outcome.ok && outcome.value.proven).toBe(false);
  });

  it('[T3] [T7] never throw, whatever comes', () => {
    fc.assert(
      fc.property(anyHostile, anyHostile, anyHostile, (content, relation, wireRelation) => {
        for (const encrypted of [true, false]) {
          const hostile = {
            ...edit,
            encrypted,
            content: { 'm.relates_to': relation, 'm.new_content': content },
            wireRelation,
          };
          checkEdit(original, hostile, { allowUnproven: true });
          checkEdit({ ...original, content, wireRelation }, { ...hostile, content }, strict);
          relationOf({ ...hostile, content });
          replyOf(hostile);
        }
      }),
      { numRuns: runs() },
    );
  });
});

describe('relations', () => {
  it('[CORE-15] are those inside the ciphertext, even where the wire says otherwise', () => {
    const inner = { rel_type: 'm.annotation', event_id: '$a', key: '👍' };
    const event = { ...original, content: { 'm.relates_to': inner }, wireRelation: { ...inner, event_id: '$b' } };
    expect(relationOf(event)).toEqual({ relType: 'm.annotation', eventId: '$a', key: '👍', proven: true });
    expect(relationOf({ ...event, content: {} })).toMatchObject({ eventId: '$b', proven: false });
    expect(relationOf({ ...event, content: { 'm.relates_to': 'broken' } })).toBeNull();
    expect(relationOf({ ...event, encrypted: false })).toMatchObject({ eventId: '$a', proven: false });
  });

  it('[CORE-15] tell what a message answers', () => {
    const reply = { 'm.in_reply_to': { event_id: '$a' } };
    expect(replyOf({ ...original, content: { 'm.relates_to': reply } })).toEqual({ eventId: '$a', proven: true });
    expect(replyOf({ ...original, wireRelation: reply })).toEqual({ eventId: '$a', proven: false });
    expect(replyOf(original)).toBeNull();
  });
});

describe('packed keys', () => {
  it('[CORE-16] must say what is inside the ciphertext', () => {
    const packed = packKey('fr.besace.task', 'abc');
    expect(unpackKey(packed)).toEqual({ type: 'fr.besace.task', stateKey: 'abc' });
    expect(unpackKey('m.room.name:')).toEqual({ type: 'm.room.name', stateKey: '' });
    expect(unpackKey('none')).toBeNull();
    expect(unpackKey(':x')).toBeNull();
    expect(packedKeyMatches(packed, 'fr.besace.task', 'abc')).toBe(true);
    expect(packedKeyMatches(packed, 'fr.besace.task', 'other')).toBe(false);
    expect(packedKeyMatches('a:b:c', 'a:b', 'c')).toBe(false);
    expect(packedKeyMatches(packed, undefined, null)).toBe(false);
  });
});
