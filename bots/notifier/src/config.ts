import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const schema = v.object({
  listen: v.object({ host: v.string(), port }),
  /** What comes before the secret in the address of a hook, without a final slash. */
  publicUrl: v.pipe(v.string(), v.url()),
  dataDir: v.pipe(v.string(), v.nonEmpty()),
  homeserver: v.pipe(v.string(), v.url()),
  userId: v.pipe(v.string(), v.startsWith('@')),
  password: v.pipe(v.string(), v.nonEmpty()),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  /** The language that the bot speaks in rooms. */
  locale: v.optional(v.picklist(['fr', 'en']), 'fr'),
  /** Server names of outside partners. */
  outsiderServers: v.optional(v.array(v.string()), []),
});

export type NotifierConfig = v.InferOutput<typeof schema>;

/** Reads the configuration that `BESACE_NOTIFIER_CONFIG` names. Throws a sentence that names the field. */
export function readConfig(env: NodeJS.ProcessEnv): NotifierConfig {
  const file = env.BESACE_NOTIFIER_CONFIG;
  if (file === undefined) throw new Error('BESACE_NOTIFIER_CONFIG must name the configuration file of the notifier');
  const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new Error(`${file}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}
