import { parseObjectId, type UserId } from '@besace/protocol/core/ids';
import { unpackKey } from '@besace/protocol/core/packed-key';
import type { ObjectsChange, StoredObject } from '../api/types.ts';
import type { LocalDb } from './db.ts';
import { type FrozenObject, openObjectsCopy } from './objectsCopy.ts';

/** Objects in one call to a listener: what a screen can take in one frame. */
export const OBJECTS_BATCH = 250;

const NO_HOLES = { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 };

/** An object of the local copy as the screen sees it; null when there is nothing to show. Needs no kind: its content is as it was shown. */
export function viewFrozen(frozen: FrozenObject): Omit<StoredObject, 'sending'> | null {
  const parts = unpackKey(frozen.k);
  const objectId = parseObjectId(parts?.stateKey);
  const last = frozen.t[0] ?? frozen.n;
  const content = frozen.c ?? frozen.n?.c ?? null;
  if (parts === null || !objectId.ok || last === null || content === null) return null;
  return {
    type: parts.type,
    objectId: objectId.value,
    content,
    lastSender: last.s as UserId,
    lastAt: last.a,
    updateNeeded: frozen.n !== null && (frozen.c === null || frozen.n.i === frozen.e),
  };
}

/**
 * The objects of a room from the local copy alone, in batches, before the SDK is loaded: the store shows them again, with what waits to be sent,
 * once it runs. Empty when there is no copy.
 */
export async function earlyObjects(db: LocalDb, roomId: string): Promise<readonly ObjectsChange[]> {
  const copy = await openObjectsCopy(db, roomId).load();
  const objects = copy.flatMap((frozen) => {
    const view = viewFrozen(frozen);
    return view === null ? [] : [{ ...view, sending: null }];
  });
  const changes: ObjectsChange[] = [];
  for (let at = 0; at < objects.length; at += OBJECTS_BATCH) {
    const batch = objects.slice(at, at + OBJECTS_BATCH);
    const more = at + OBJECTS_BATCH < objects.length;
    changes.push({ reset: at === 0, objects: batch, holes: NO_HOLES, complete: false, ...(more ? { more } : {}) });
  }
  return changes;
}
