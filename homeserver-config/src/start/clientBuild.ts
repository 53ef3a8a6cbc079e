import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { privateFolder } from '../files.ts';
import { type Layout, ROOT } from '../layout.ts';
import { SetupError } from '../setupError.ts';

export const CLIENT_FOLDER = join(ROOT, 'client', 'dist');

/** What the built client is made of. */
const SOURCES = ['client', 'matrix', 'protocol', 'package-lock.json', 'tsconfig.base.json'];
/** Of the sources, what does not reach the build. A dot file is not served, so the stamp may lie beside what is. */
const IGNORED = /(^|\/)(node_modules|dist|\..*)(\/|$)|\.(test|it|spec)\.ts$|\.md$/;
const STAMP = join(CLIENT_FOLDER, '.besace-build');

/**
 * Builds the client with Vite when its sources changed since the last build. Returns whether it did. What Vite says goes
 * to client-build.log. Throws a SetupError when the build fails.
 */
export async function ensureClientBuild(of: Layout): Promise<boolean> {
  const wanted = sourcesHash(ROOT, SOURCES);
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return false;
  const log = join(privateFolder(of.logs), 'client-build.log');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = { cwd: join(ROOT, 'client'), env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 16 * 1024 * 1024 };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [vite, 'build'], options);
    writeFileSync(log, stdout + stderr);
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    writeFileSync(log, `${stdout}${stderr}${String(cause)}\n`);
    throw new SetupError('build-failed', 'the client cannot be built', `Vite says why: ${log}`, { cause });
  }
  writeFileSync(STAMP, wanted);
  return true;
}

/** A hash over names and contents of all source files, in one order. */
export function sourcesHash(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(join(root, source)).sort()) {
      const name = relative(root, file);
      if (IGNORED.test(name)) continue;
      const content = readFileSync(file);
      hash.update(`${name}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readEntries(path);
  if (entries === null) return [path];
  return entries.flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const child = join(path, entry.name);
    return entry.isDirectory() ? filesOf(child) : entry.isFile() ? [child] : [];
  });
}

function readEntries(path: string): import('node:fs').Dirent[] | null {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null;
    throw error;
  }
}
