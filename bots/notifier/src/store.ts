import { createHash } from 'node:crypto';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import Database from 'better-sqlite3';
import { type Generated, Kysely, SqliteDialect, sql } from 'kysely';

/** Where a message of the bot goes: into a room, or to a person in a private conversation. */
export type Target =
  | { readonly kind: 'room'; readonly roomId: RoomId }
  | { readonly kind: 'person'; readonly userId: UserId };

/** A message that was accepted. `id` is its transaction id (NOTIFIER-5). */
export type Delivery = { readonly id: string; readonly target: Target; readonly text: string };

export type Hook = {
  readonly id: number;
  readonly roomId: RoomId;
  readonly name: string;
  readonly endedAt: number | null;
};

/** What carrying out a command changes, in one transaction (NOTIFIER-8). */
export type CommandEffects = {
  readonly make: { readonly name: string; readonly secret: string; readonly by: UserId } | null;
  readonly end: string | null;
  readonly say: readonly Delivery[];
};

type Schema = {
  hook: {
    id: Generated<number>;
    secret_hash: string;
    room_id: string;
    name: string;
    made_by: string;
    made_at: number;
    ended_at: number | null;
  };
  delivery: {
    seq: Generated<number>;
    id: string;
    hook_id: number | null;
    idempotency_key: string | null;
    target_kind: 'room' | 'person';
    target: string;
    /** Emptied once handed over: the bot keeps no archive of what it carried. */
    text: string;
    accepted_at: number;
    handed_at: number | null;
    refused: string | null;
  };
  command: { event_id: string; done_at: number };
};

export type Accepted = { readonly kind: 'accepted' | 'known'; readonly id: string } | { readonly kind: 'full' };

const MAX_WAITING = 1_000;

/** The bot's durable memory: hooks, what was accepted and not yet handed over, and which commands were carried out. */
export interface NotifierStore {
  hookBySecret(secret: string): Promise<Hook | null>;
  hooksOf(roomId: RoomId): Promise<readonly Hook[]>;
  /** On disk when it resolves. */
  accept(
    hook: Hook,
    delivery: { readonly id: string; readonly text: string; readonly key: string | null },
  ): Promise<Accepted>;
  /** Oldest first. */
  waiting(): Promise<readonly Delivery[]>;
  markHanded(id: string): Promise<void>;
  markRefused(id: string, code: string): Promise<void>;
  wasDone(command: EventId): Promise<boolean>;
  carryOut(command: EventId, roomId: RoomId, effects: CommandEffects): Promise<void>;
  counts(): Promise<{ readonly hooks: number; readonly waiting: number; readonly refused: number }>;
  /** Forgets what was delivered or refused before a time in ms. What waits stays, and that a command was carried out: it may still stand in its room. */
  prune(before: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens or makes the database. `now` gives milliseconds. */
export async function openStore(file: string, now: () => number): Promise<NotifierStore> {
  const sqlite = new Database(file);
  sqlite.pragma('journal_mode = WAL');
  // FULL, not NORMAL: an accepted hook must survive a power cut too, not only a kill.
  sqlite.pragma('synchronous = FULL');
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrate(db);

  return {
    async hookBySecret(secret) {
      const row = await db.selectFrom('hook').selectAll().where('secret_hash', '=', hash(secret)).executeTakeFirst();
      return row === undefined ? null : toHook(row);
    },
    async hooksOf(roomId) {
      const rows = await db
        .selectFrom('hook')
        .selectAll()
        .where('room_id', '=', roomId)
        .where('ended_at', 'is', null)
        .orderBy('name')
        .execute();
      return rows.map(toHook);
    },
    accept: (hook, delivery) =>
      db.transaction().execute(async (trx): Promise<Accepted> => {
        if (delivery.key !== null) {
          const known = await trx
            .selectFrom('delivery')
            .select('id')
            .where('hook_id', '=', hook.id)
            .where('idempotency_key', '=', delivery.key)
            .executeTakeFirst();
          if (known !== undefined) return { kind: 'known', id: known.id };
        }
        const { count } = await trx
          .selectFrom('delivery')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('hook_id', '=', hook.id)
          .where('handed_at', 'is', null)
          .where('refused', 'is', null)
          .executeTakeFirstOrThrow();
        if (count >= MAX_WAITING) return { kind: 'full' };
        await trx
          .insertInto('delivery')
          .values({
            ...row({ ...delivery, target: { kind: 'room', roomId: hook.roomId } }, now()),
            hook_id: hook.id,
            idempotency_key: delivery.key,
          })
          .execute();
        return { kind: 'accepted', id: delivery.id };
      }),
    async waiting() {
      const rows = await db
        .selectFrom('delivery')
        .selectAll()
        .where('handed_at', 'is', null)
        .where('refused', 'is', null)
        .orderBy('seq')
        .execute();
      return rows.map((found) => ({
        id: found.id,
        text: found.text,
        target: toTarget(found.target_kind, found.target),
      }));
    },
    async markHanded(id) {
      await db.updateTable('delivery').set({ handed_at: now(), text: '' }).where('id', '=', id).execute();
    },
    async markRefused(id, code) {
      await db.updateTable('delivery').set({ refused: code }).where('id', '=', id).execute();
    },
    async wasDone(command) {
      const found = await db
        .selectFrom('command')
        .select('event_id')
        .where('event_id', '=', command)
        .executeTakeFirst();
      return found !== undefined;
    },
    carryOut: (command, roomId, { make, end, say }) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('command').values({ event_id: command, done_at: now() }).execute();
        if (make !== null) {
          const values = {
            secret_hash: hash(make.secret),
            room_id: roomId,
            name: make.name,
            made_by: make.by,
            made_at: now(),
            ended_at: null,
          };
          await trx.insertInto('hook').values(values).execute();
        }
        if (end !== null) {
          await trx
            .updateTable('hook')
            .set({ ended_at: now() })
            .where('room_id', '=', roomId)
            .where('name', '=', end)
            .where('ended_at', 'is', null)
            .execute();
        }
        for (const delivery of say) await trx.insertInto('delivery').values(row(delivery, now())).execute();
      }),
    async counts() {
      const one = async (query: Promise<{ count: number }>) => (await query).count;
      const deliveries = () => db.selectFrom('delivery').select(({ fn }) => fn.countAll<number>().as('count'));
      return {
        hooks: await one(
          db
            .selectFrom('hook')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('ended_at', 'is', null)
            .executeTakeFirstOrThrow(),
        ),
        waiting: await one(
          deliveries().where('handed_at', 'is', null).where('refused', 'is', null).executeTakeFirstOrThrow(),
        ),
        refused: await one(deliveries().where('refused', 'is not', null).executeTakeFirstOrThrow()),
      };
    },
    async prune(before) {
      await db
        .deleteFrom('delivery')
        .where('accepted_at', '<', before)
        .where((row) => row.or([row('handed_at', 'is not', null), row('refused', 'is not', null)]))
        .execute();
    },
    close: () => db.destroy(),
  };
}

async function migrate(db: Kysely<Schema>): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS hook (
    id INTEGER PRIMARY KEY, secret_hash TEXT NOT NULL UNIQUE, room_id TEXT NOT NULL, name TEXT NOT NULL,
    made_by TEXT NOT NULL, made_at INTEGER NOT NULL, ended_at INTEGER)`.execute(db);
  await sql`CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hook_id INTEGER REFERENCES hook(id), idempotency_key TEXT,
    target_kind TEXT NOT NULL, target TEXT NOT NULL, text TEXT NOT NULL, accepted_at INTEGER NOT NULL,
    handed_at INTEGER, refused TEXT, UNIQUE (hook_id, idempotency_key))`.execute(db);
  await sql`CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (seq) WHERE handed_at IS NULL AND refused IS NULL`.execute(
    db,
  );
  await sql`CREATE TABLE IF NOT EXISTS command (event_id TEXT PRIMARY KEY, done_at INTEGER NOT NULL)`.execute(db);
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function row(delivery: Delivery, acceptedAt: number) {
  const { id, text, target } = delivery;
  return {
    id,
    text,
    target_kind: target.kind,
    target: target.kind === 'room' ? target.roomId : target.userId,
    accepted_at: acceptedAt,
    handed_at: null,
    refused: null,
  };
}

function toHook(found: { id: number; room_id: string; name: string; ended_at: number | null }): Hook {
  return { id: found.id, roomId: found.room_id as RoomId, name: found.name, endedAt: found.ended_at };
}

// The ids were parsed before they were written.
function toTarget(kind: 'room' | 'person', target: string): Target {
  return kind === 'room' ? { kind, roomId: target as RoomId } : { kind, userId: target as UserId };
}
