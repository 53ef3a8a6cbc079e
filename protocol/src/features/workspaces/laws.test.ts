import fc, { type Arbitrary } from 'fast-check';
import { anyLine, anyRegister, anyRest, anyText } from '../../testing/arbitraries.ts';
import { keepsTheLaws } from '../../testing/laws.ts';
import { MAX_NAME, MAX_PURPOSE, type RoomObject, roomKind } from './schema.ts';

const anyRoom: Arbitrary<RoomObject> = fc.record({
  v: fc.constant(1),
  rest: anyRest,
  name: anyRegister(fc.oneof(anyLine(MAX_NAME), fc.constant('é'.repeat(MAX_NAME)))),
  openToOutsiders: anyRegister(fc.boolean()),
  purpose: anyRegister(fc.oneof(anyText(400), fc.constant('é'.repeat(MAX_PURPOSE)))),
  archived: anyRegister(fc.boolean()),
});

keepsTheLaws(roomKind, anyRoom);
