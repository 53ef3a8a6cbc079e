import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names of slices are fixed, so that each is found in every package where one looks for it (architecture). */
const names = new Set([
  'workspaces',
  'tasks',
  'messaging',
  'projects',
  'agenda',
  'polls',
  'questionnaires',
  'accounts',
  'policy',
  'directory',
  'communities',
  'files',
  'transfer',
  'publications',
  'documents',
  'conference',
  'search',
  'saved',
  'later',
  'portal',
  'push',
  'health',
]);

const roots = ['protocol/src/features', 'client/src/features', 'appservices/src/features'];

export type SliceReport = { readonly slices: number; readonly rules: number; readonly problems: readonly string[] };

/**
 * Checks what holds the slices together: known names, an `index.ts` each, a SPEC.md where there is one in no other package, and for
 * every numbered rule of a SPEC.md (`**TASK-7**`, `- TASK-7:`) at least one test whose name cites it (`[TASK-7]`).
 */
export function checkSlices(root: string): SliceReport {
  const problems: string[] = [];
  const specs = new Set<string>();
  const slices = new Map<string, string[]>();
  for (const folder of roots) {
    if (!existsSync(join(root, folder))) continue;
    for (const slice of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (!slice.isDirectory()) continue;
      const path = `${folder}/${slice.name}`;
      slices.set(slice.name, [...(slices.get(slice.name) ?? []), path]);
      if (!names.has(slice.name)) problems.push(`${path}: not a name of a slice (see test/src/checks/slices.ts)`);
      if (!existsSync(join(root, path, 'index.ts'))) problems.push(`${path}: has no index.ts`);
      if (existsSync(join(root, path, 'SPEC.md'))) specs.add(`${path}/SPEC.md`);
    }
  }
  for (const [name, paths] of slices) {
    if (!paths.some((path) => specs.has(`${path}/SPEC.md`)))
      problems.push(`slice ${name}: no SPEC.md in ${paths.join(', ')}`);
  }
  for (const extra of globSync(
    '{bots/*,protocol/src/core,matrix/src/*,homeserver-config,test/interop,test/src/hostile}/SPEC.md',
    { cwd: root },
  ))
    specs.add(extra);
  const cited = citations(root);
  let rules = 0;
  for (const spec of specs) {
    for (const rule of rulesOf(readFileSync(join(root, spec), 'utf8'))) {
      rules += 1;
      if (!cited.has(rule)) problems.push(`${spec}: no test cites [${rule}]`);
    }
  }
  return { slices: slices.size, rules, problems };
}

function rulesOf(spec: string): Set<string> {
  return new Set(
    [...spec.matchAll(/^\s*(?:[-*]|\d+\.)?\s*(?:\*\*|`)?\[?([A-Z][A-Z]+-\d+)\]?/gm)].map((match) => match[1] ?? ''),
  );
}

function citations(root: string): Set<string> {
  const cited = new Set<string>();
  const files = globSync('{protocol,matrix,client,appservices,bots,homeserver-config,test}/**/*.{test,it,spec}.ts', {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  });
  for (const file of files) {
    for (const match of readFileSync(join(root, file), 'utf8').matchAll(/\[([A-Z][A-Z]+-\d+(?:[ ,]+[A-Z]+-\d+)*)\]/g)) {
      for (const rule of (match[1] ?? '').split(/[ ,]+/)) cited.add(rule);
    }
  }
  return cited;
}
