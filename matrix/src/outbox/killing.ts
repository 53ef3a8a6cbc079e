import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Whose device it is that is killed, and the folder that outlives it. */
export type Victim = {
  readonly directory: string;
  readonly clientUrl: string;
  readonly localpart: string;
  readonly password: string;
};

export type Killing = {
  /** How many messages, of which every fifth is a file. */
  readonly count: number;
  /** No more kills than this. */
  readonly kills: number;
  /** A life ends at a random moment after at most so many messages left. */
  readonly atMost: number;
};

const SENDER = fileURLToPath(new URL('./killedSender.ts', import.meta.url));
const FILE_BYTES = 40_000;

/** Signs the victim in and makes a conversation with somebody; gives its room id. */
export async function beginConversation(victim: Victim, guest: string): Promise<string> {
  const child = start(victim, ['invite', guest]);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await new Promise((resolve) => child.on('close', resolve));
  const said = lines.find((line) => line.startsWith('@ '));
  if (said === undefined) throw new Error(`the sender said nothing: ${lines.join('\n')}`);
  return said.slice(2);
}

/** Sends the numbered messages, killed again and again at random moments; gives how often, once all have left. */
export async function sendKilled(victim: Victim, room: string, killing: Killing): Promise<number> {
  let kills = 0;
  for (let from = 0, done = false; !done; ) {
    const ended = await life(victim, room, from, { ...killing, spared: kills >= killing.kills });
    ({ from, done } = ended);
    if (!done) kills += 1;
  }
  return kills;
}

/** What message `n` says, or how its file is called. */
export function nameOf(n: number): string {
  return isFile(n) ? `file ${n}.txt` : `message ${n}`;
}

export function isFile(n: number): boolean {
  return n % 5 === 4;
}

export function fileText(n: number): string {
  return `line of file ${n}\n`.repeat(FILE_BYTES / 20);
}

/**
 * One life of the sender: killed at a random moment after a few messages left, unless it is done before. `from` is the first message that it had
 * not yet said to be accepted.
 */
async function life(
  victim: Victim,
  room: string,
  from: number,
  { count, atMost, spared }: Killing & { readonly spared: boolean },
): Promise<{ readonly from: number; readonly done: boolean }> {
  const child = start(victim, ['send', room, String(from), String(count)]);
  const enough = 1 + Math.floor(Math.random() * atMost);
  let next = from;
  let waiting = 0;
  let left = 0;
  let done = false;
  let kill: ReturnType<typeof setTimeout> | null = null;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, word, number = ''] = /^@ (\w+) ?(\d*)$/.exec(line) ?? [];
    if (word === 'accepted') next = Number(number) + 1;
    if (word === 'done') done = true;
    if (word !== 'waiting') return;
    if (Number(number) < waiting) left += 1;
    waiting = Number(number);
    if (left >= enough && !spared) kill ??= setTimeout(() => child.kill('SIGKILL'), Math.random() * 150);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (kill !== null) clearTimeout(kill);
  if (!done && code !== null) throw new Error(`the sender ended by itself with ${code}`);
  return { from: next, done };
}

function start(victim: Victim, args: readonly string[]): ChildProcessWithoutNullStreams {
  const { directory, clientUrl, localpart, password } = victim;
  const child = spawn(process.execPath, [SENDER, directory, clientUrl, localpart, password, ...args]);
  child.stdin.end();
  child.stderr.pipe(process.stderr);
  // Whoever started it may end in between: nothing of it stays.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  return child;
}
