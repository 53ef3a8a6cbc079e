import type { BenchWorld } from './benchWorld.ts';
import { bigBoard } from './bigBoard.ts';
import { bytesSent } from './bytesSent.ts';
import { composerTyping } from './composerTyping.ts';
import { firstMessage } from './firstMessage.ts';
import { killedSends } from './killedSends.ts';
import { lockedShare } from './lockedShare/lockedShare.ts';
import { longTimeline } from './longTimeline.ts';
import { memoryOfProcesses } from './memory.ts';
import { messageAcross } from './messages.ts';
import { objectWrites } from './objectWrites.ts';
import { roomLists } from './roomLists.ts';
import type { Scenario } from './scenario.ts';
import { search200k } from './search/search200k.ts';
import { signInPage } from './signInPage.ts';
import { wholeSignUp } from './signUp.ts';
import { freshStart, secondStart } from './starts.ts';

/** Everything that `npm run bench` measures, cheap ones first, memory after everything has run. */
export function scenariosOf(bench: BenchWorld): readonly Scenario[] {
  return [
    bytesSent,
    signInPage(bench),
    wholeSignUp(bench),
    messageAcross(bench),
    composerTyping(bench),
    firstMessage(bench),
    killedSends(bench),
    objectWrites(bench),
    search200k(bench),
    roomLists(bench, 200),
    bigBoard(bench),
    longTimeline(bench, 1_000),
    longTimeline(bench, 10_000),
    roomLists(bench, 1_000),
    lockedShare(bench),
    memoryOfProcesses(bench),
    secondStart,
    freshStart,
  ];
}
