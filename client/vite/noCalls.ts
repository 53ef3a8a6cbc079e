/*
 * Stands in, in what is built for people, for what matrix-js-sdk imports and nobody here uses: a third of it. Calls (meetings are LiveKit's), its own
 * sync (ours is in matrix/), file trees (MSC3089), the move from the crypto before this one, and the table by which it tells names that look alike
 * (matrix/ has names of its own), and its rooms with their timelines, threads and push rules (matrix/ has its own, and
 * tells the crypto for whom to encrypt: crypto/encryptionTarget.ts). Names that the SDK asks for and are not here stop the build.
 */

class Nothing {
  start(): void {}
  stop(): void {}
}

function notHere(): never {
  throw new Error('this part of matrix-js-sdk is not in the build: see client/vite/noCalls.ts');
}

export const supportsMatrixCall = () => false;
export const createNewMatrixCall = notHere;
/** Made with each client, and asked for by none of what is used. */
export const createWellKnownCachedValue = () => new Nothing();
export {
  notHere as determineFeatureSupport,
  notHere as migrateFromLegacyCrypto,
  notHere as migrateLegacyLocalTrustIfNeeded,
  notHere as migrateRoomSettingsFromLegacyCrypto,
  notHere as threadFilterTypeToFilter,
};
export const DEFAULT_TREE_POWER_LEVELS_TEMPLATE = {};
export {
  Nothing as CallEventHandler,
  Nothing as ExtensibleEvents,
  Nothing as GroupCall,
  Nothing as GroupCallEventHandler,
  Nothing as IgnoredInvites,
  Nothing as MSC3089TreeSpace,
  Nothing as PushProcessor,
  Nothing as Room,
  Nothing as SearchResult,
  Nothing as Thread,
  Nothing as MatrixRTCSessionManager,
  Nothing as MediaHandler,
  Nothing as SlidingSyncSdk,
  Nothing as SyncApi,
};
/** Compared with what its own sync says, which never runs. */
export const SyncState = { Prepared: 'PREPARED', Syncing: 'SYNCING' };
/** As in the SDK: what listens to them never hears anything. */
export const Direction = { Backward: 'b', Forward: 'f' };
export const EventTimeline = { BACKWARDS: 'b', FORWARDS: 'f' };
export const FeatureSupport = { None: 0, Experimental: 1, Stable: 2 };
export const NotificationCountType = { Highlight: 'highlight', Total: 'total' };
export const RoomEvent = {};
export const RoomMemberEvent = { Membership: 'RoomMember.membership' };
export const RoomStateEvent = { Events: 'RoomState.events' };
export const ThreadEvent = { Update: 'Thread.update' };
export const ThreadFilterType = { My: 0, All: 1 };
export const THREAD_RELATION_TYPE = {
  name: 'm.thread',
  altName: 'io.element.thread',
  matches: (name: string) => name === 'm.thread' || name === 'io.element.thread',
};
export const FILTER_RELATED_BY_REL_TYPES = { name: 'related_by_rel_types' };
export const FILTER_RELATED_BY_SENDERS = { name: 'related_by_senders' };
export const CallEvent = {};
export const CallFeedEvent = {};
export const GroupCallEvent = {};
export const GroupCallIntent = {};
export const GroupCallState = {};
export const GroupCallStatsReportEvent = {};
export const GroupCallType = {};
export const MediaHandlerEvent = {};
export const SetPresence = {};
export const StatsReport = {};

/** `unhomoglyph`: a name as it is. */
// biome-ignore lint/style/noDefaultExport: as the package has it.
export default (name: string) => name;
