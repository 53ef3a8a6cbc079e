import { type Authority, authorityFrom } from '../core/authority.ts';
import { parseServerName, type ServerName } from '../core/ids.ts';
import { CONTRIBUTOR, FORMER, MANAGER, OWNER } from './arbitraries.ts';

/** The power levels of a room in which the people of `arbitraries.ts` have the rights that their names say. */
export const LEVELS = {
  users: { [MANAGER]: 50, [CONTRIBUTOR]: 10 },
  users_default: 0,
  events: { 'fr.besace.board': 50, 'fr.besace.column': 50, 'fr.besace.room': 50 },
  events_default: 0,
  state_default: 10,
};

const EARLIER = { ...LEVELS, users: { ...LEVELS.users, [FORMER]: 50 } };

export function server(name: string): ServerName {
  const parsed = parseServerName(name);
  if (!parsed.ok) throw new Error(`no server name: ${name}`);
  return parsed.value;
}

/** A room of version 12 made by OWNER, where FORMER was a manager once and OUTSIDER is of a partner's server. */
export function roomAuthority(powerLevels: unknown = LEVELS, earlier: readonly unknown[] = [EARLIER]): Authority {
  return authorityFrom({
    create: { sender: OWNER, content: { room_version: '12' } },
    powerLevels,
    earlier,
    outsiders: [server('externes.test')],
  });
}
