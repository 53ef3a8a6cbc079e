/*
 * Stands in, in what is built for people, for the parts of matrix-js-sdk that make calls and for its own sync: a fifth of the SDK, which nobody here
 * uses (meetings are LiveKit's, the sync is ours). Names that the SDK asks for and are not here stop the build.
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
  Nothing as CallEventHandler,
  Nothing as GroupCall,
  Nothing as GroupCallEventHandler,
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
