/*
 * Stands in, in what is built for people, for what matrix-js-sdk imports and nobody here uses: a third of it. Calls (meetings are LiveKit's), its own
 * sync (ours is in matrix/), file trees (MSC3089), the move from the crypto before this one, and the table by which it tells names that look alike
 * (matrix/ has names of its own). Names that the SDK asks for and are not here stop the build.
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
export {
  notHere as migrateFromLegacyCrypto,
  notHere as migrateLegacyLocalTrustIfNeeded,
  notHere as migrateRoomSettingsFromLegacyCrypto,
};
export const DEFAULT_TREE_POWER_LEVELS_TEMPLATE = {};
export {
  Nothing as CallEventHandler,
  Nothing as GroupCall,
  Nothing as GroupCallEventHandler,
  Nothing as MSC3089TreeSpace,
  Nothing as MatrixRTCSessionManager,
  Nothing as MediaHandler,
  Nothing as SlidingSyncSdk,
  Nothing as SyncApi,
};
/** Compared with what its own sync says, which never runs. */
export const SyncState = { Prepared: 'PREPARED', Syncing: 'SYNCING' };
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
