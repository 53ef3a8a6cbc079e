export { type PollEvent, type PollRefusal, pollEndEvent, pollResponseEvent, pollStartEvent } from './content.ts';
export {
  fallbackIn,
  isPollEnd,
  isPollResponse,
  isPollStart,
  MAX_ANSWERS,
  MAX_POLL_TEXT,
  type PollAnswer,
  type PollStart,
  parsePollStart,
} from './schema.ts';
export { type Tally, type TallyInput, tallyPoll } from './tally.ts';
