import type { AccountApi } from './account.ts';
import type { AcksApi } from './acks.ts';
import type { DevicesApi } from './devices.ts';
import type { LaterApi } from './later.ts';
import type { NotifyApi } from './notify.ts';
import type { ObjectsApi } from './objects.ts';
import type { OutboxApi } from './outbox.ts';
import type { PeopleApi } from './people.ts';
import type { PollsApi } from './polls.ts';
import type { RoomsApi } from './rooms.ts';
import type { SavedApi } from './saved.ts';
import type { SearchApi } from './search.ts';
import type { TimelineApi } from './timeline.ts';

export type * from './account.ts';
export type * from './acks.ts';
export type * from './common.ts';
export type * from './devices.ts';
export type * from './later.ts';
export type * from './notify.ts';
export type * from './objects.ts';
export type * from './outbox.ts';
export type * from './people.ts';
export type * from './polls.ts';
export type * from './rooms.ts';
export type * from './saved.ts';
export type * from './search.ts';
export type * from './timeline.ts';

/**
 * What `matrix/` offers to the client and to bots. In the browser it runs in a worker behind Comlink, so everything here
 * can be structured-cloned, every method is asynchronous, and expected failures are values.
 */
export interface BesaceApi
  extends AccountApi,
    RoomsApi,
    TimelineApi,
    PollsApi,
    AcksApi,
    ObjectsApi,
    OutboxApi,
    DevicesApi,
    SearchApi,
    NotifyApi,
    SavedApi,
    LaterApi,
    PeopleApi {}
