import type { Member } from '@besace/matrix/api/types';
import { expect, test } from 'vitest';
import { matrixLink, messageLink } from './links.ts';
import { eventId, roomId, userId } from './testing.ts';

const room = roomId('!plan');

test('[MSG-17] a message has our own address, and one for every Matrix application that names servers', () => {
  expect(messageLink('https://besace.test', room, eventId('$a/b'))).toBe(
    'https://besace.test/salon/!plan/discussion?message=%24a%2Fb',
  );
  const member = (name: string, membership: Member['membership'] = 'join'): Member => ({
    userId: userId(name),
    name,
    membership,
    power: 0,
    outsider: false,
  });
  const members = [
    member('@a:interieur.test'),
    member('@b:culture.test'),
    member('@c:culture.test'),
    member('@d:gone.test', 'leave'),
  ];
  expect(matrixLink({ roomId: room, members }, eventId('$a'))).toBe(
    'https://matrix.to/#/!plan/%24a?via=culture.test&via=interieur.test',
  );
});
