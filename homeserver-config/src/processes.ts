import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { privateFolder, writePrivate } from './files.ts';

/** A process as a pid file remembers it. The start time tells it from a later process with the same number. */
export type ProcessMark = { readonly pid: number; readonly startTime: string };

/** Signals a process group. Returns false when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** When the process started, in the kernel's own count (proc(5), /proc/pid/stat field 22). Null when it is gone. */
export function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold spaces: fields are counted after it. Z is a zombie: gone for us.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export function writeMark(folder: string, name: string, pid: number): void {
  privateFolder(folder);
  writePrivate(join(folder, `${name}.json`), JSON.stringify({ pid, startTime: startTimeOf(pid) ?? '' }));
}

export function removeMark(folder: string, name: string): void {
  rmSync(join(folder, `${name}.json`), { force: true });
}

/** The process of a mark, when it still runs. */
export function runningMark(folder: string, name: string): ProcessMark | null {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) return null;
  const mark = v.safeParse(markSchema, parseJson(readFileSync(file, 'utf8')));
  if (!mark.success || mark.output.startTime === '') return null;
  return startTimeOf(mark.output.pid) === mark.output.startTime ? mark.output : null;
}

/**
 * Ends what an earlier start left (it was killed and its children did not notice) and removes its marks. Returns the names
 * of the parts that still ran. The mark of this very process stays.
 */
export async function endLeftovers(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const ended: string[] = [];
  for (const file of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
    const name = file.slice(0, -'.json'.length);
    const mark = runningMark(folder, name);
    if (mark?.pid === process.pid) continue;
    if (mark !== null) {
      signalGroup(mark.pid, 'SIGKILL');
      while (startTimeOf(mark.pid) === mark.startTime) await sleep(10);
      ended.push(name);
    }
    removeMark(folder, name);
  }
  return ended;
}

const markSchema = v.object({ pid: v.pipe(v.number(), v.integer(), v.minValue(2)), startTime: v.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
