import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sharedWorld } from '../../src/harness/shared.ts';

/** Makes the sign-up links of an address as old as if they had lain for two hours: tests do not wait for clocks. */
export function ageLinksOf(address: string): void {
  const folder = join(sharedWorld().description.dataDir, 'appservices');
  const file = readdirSync(folder).find((name) => name.endsWith('.sqlite'));
  if (file === undefined) throw new Error(`no database in ${folder}`);
  const database = new DatabaseSync(join(folder, file));
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    const aged = database
      .prepare(
        'UPDATE sign_up_link SET created_at = created_at - 7200000, expires_at = expires_at - 7200000 WHERE address = ?',
      )
      .run(address);
    if (aged.changes === 0) throw new Error(`${address} has no link`);
  } finally {
    database.close();
  }
}
