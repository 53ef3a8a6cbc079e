import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import type { ServerName } from '@besace/protocol/core/ids';
import type { Then } from '../objects/placing.ts';
import type { RoomModel } from './roomModel.ts';

/** The authority of a room as its clear state says now; `earlier` power levels count for what was written under them. */
export function authorityOf(room: RoomModel, outsiders: readonly string[], earlier: Then = []): Authority {
  const create = room.clearState('m.room.create');
  const levels = room.clearState('m.room.power_levels');
  return authorityFrom({
    create: create === undefined ? null : { sender: create.sender, content: create.content },
    powerLevels: levels?.content ?? null,
    earlier,
    // Server names of the configuration; compared as text only.
    outsiders: outsiders as readonly ServerName[],
  });
}
