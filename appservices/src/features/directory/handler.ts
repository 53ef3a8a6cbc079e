import { parseUserId, serverOf } from '@besace/protocol/core/ids';
import { type Request, Router } from 'express';
import * as v from 'valibot';
import { parseAddress } from '../../runtime/address.ts';
import type { Organisation } from '../../runtime/config.ts';
import { hashToken, randomToken } from '../../runtime/environment.ts';
import { HomeserverUnavailable } from '../../runtime/homeserver.ts';
import {
  bearerToken,
  correlationOf,
  HttpError,
  jsonBody,
  limitTo,
  networkOf,
  parseBody,
  queryText,
} from '../../runtime/http.ts';
import { done, enqueue, type Job, type JobOutcome } from '../../runtime/queue.ts';
import type { Notice, SliceContext, SliceParts } from '../../runtime/slice.ts';
import { type Asker, type LeaveJob, planEvent, planSearch, type RefreshJob, refreshJob } from './plan.ts';
import {
  addSession,
  findPerson,
  findSession,
  forgetOldSessions,
  type Person,
  putPerson,
  removePerson,
  search,
  setHidden,
  stalePeople,
} from './store.ts';

/** What Synapse answers to `request_token`, as it is; of the rest nothing is read. */
const sessionBody = v.object({
  access_token: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
  matrix_server_name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
});
const meBody = v.object({ hidden: v.boolean() });

/** Life of a session; milliseconds (DIR-2). */
const SESSION_MS = 3600 * 1000;
/** How old a name that is shown may be before it is asked for again; milliseconds (DIR-3). */
const FRESH_MS = 10 * 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;
/** People looked after in one tick. */
const TICK_PEOPLE = 100;

/** Runs what `plan.ts` decides: the routes of `/api/directory` and the jobs that keep names true. */
export function startDirectory(context: SliceContext): SliceParts {
  const { config, store, clock } = context;
  const limiter = { db: store.db, clock, metrics: context.metrics, pseudonymKey: context.pseudonymKey };
  const router = Router();

  router.post('/session', jsonBody, async (request, response) => {
    await limitTo(limiter, 'directory-session', networkOf(request), config.limits.directorySessions);
    const asker = await verify(context, parseBody(sessionBody, request));
    const token = randomToken();
    await addSession(store.db, hashToken(token), asker, clock() + SESSION_MS);
    await enqueue(store.db, clock(), [
      { ...refreshJob(asker.userId, asker.organisation), correlation: correlationOf(response) },
    ]);
    response.json({ token, expiresIn: SESSION_MS / 1000 });
    context.nudge();
  });

  router.get('/search', async (request, response) => {
    const asker = await askerOf(context, request);
    const limit = asker.outsider ? config.limits.searchOutsider : config.limits.searchAgent;
    await limitTo(limiter, 'directory-search', asker.userId, limit);
    const wanted = planSearch(queryText(request, 'q'), optionalText(request, 'limit'), asker);
    const people = await search(store.db, wanted, asker);
    response.json({ people: people.map(shown) });
    await refreshStale(context, people, correlationOf(response));
  });

  router.get('/me', async (request, response) => {
    const asker = await askerOf(context, request);
    const person = await findPerson(store.db, asker.userId);
    if (person === undefined) throw new HttpError(404, 'unknown');
    response.json({ ...shown(person), hidden: person.hidden });
  });

  router.put('/me', jsonBody, async (request, response) => {
    const asker = await askerOf(context, request);
    const { hidden } = parseBody(meBody, request);
    if (!(await setHidden(store.db, asker.userId, hidden))) throw new HttpError(404, 'unknown');
    response.json({ hidden });
  });

  return {
    router,
    jobs: {
      'directory.account-created': (job) => addPerson(context, job),
      'directory.refresh': (job) => refresh(context, job),
      'directory.leave': (job) => leave(context, job),
    },
    planEvent(organisation, event) {
      const bridge = context.bridges.get(organisation.id);
      return bridge === undefined ? [] : planEvent(organisation, bridge.botUserId, event);
    },
    async tick() {
      const now = clock();
      await forgetOldSessions(store.db, now);
      const people = await stalePeople(store.db, now - DAY_MS, TICK_PEOPLE);
      const jobs = people.map((person) => ({ ...refreshJob(person.userId, person.organisation), correlation: 'tick' }));
      await enqueue(store.db, now, jobs);
    },
  };
}

/** Who holds the OpenID token, by the word of their own homeserver (DIR-1). Throws 403 or 503. */
async function verify(context: SliceContext, given: v.InferOutput<typeof sessionBody>): Promise<Asker> {
  const organisation = context.config.organisations.find((o) => o.serverName === given.matrix_server_name);
  if (organisation === undefined) throw new HttpError(403, 'unknown-homeserver');
  const subject = parseUserId(await answered(homeserverOf(context, organisation).openIdSubject(given.access_token)));
  if (!subject.ok || serverOf(subject.value) !== organisation.serverName) throw new HttpError(403, 'bad-token');
  const userId: string = subject.value;
  const known = await findPerson(context.store.db, userId);
  if (known === undefined) {
    const name = (await answered(homeserverOf(context, organisation).displayName(userId))) ?? '';
    await putPerson(context.store.db, {
      ...placeOf(organisation, userId),
      address: null,
      name: nameOr(name, userId),
      now: context.clock(),
    });
  }
  return { userId, organisation: organisation.id, outsider: organisation.outsiders };
}

async function askerOf(context: SliceContext, request: Request): Promise<Asker> {
  const token = bearerToken(request);
  const asker = token && (await findSession(context.store.db, hashToken(token), context.clock()));
  if (!asker) throw new HttpError(401, 'no-session');
  return asker;
}

/** The names in an answer that were asked for too long ago are asked for again, for the next answer. */
async function refreshStale(context: SliceContext, people: readonly Person[], correlation: string): Promise<void> {
  const now = context.clock();
  const stale = people.filter((person) => person.checkedAt < now - FRESH_MS);
  const jobs = stale.map((person) => ({ ...refreshJob(person.userId, person.organisation), correlation }));
  await enqueue(context.store.db, now, jobs);
  if (jobs.length > 0) context.nudge();
}

async function addPerson(context: SliceContext, job: Job): Promise<JobOutcome> {
  // Written by the runtime from a typed notice.
  const notice = job.body as Notice;
  const organisation = organisationOf(context, notice.organisation);
  const address = parseAddress(notice.address);
  if (organisation === undefined || !address.ok) return { drop: 'unknown-organisation' };
  const place = placeOf(organisation, notice.userId);
  await putPerson(context.store.db, { ...place, address: address.value, name: notice.name, now: context.clock() });
  // The homeserver's word on the name comes before the form's.
  await enqueue(context.store.db, context.clock(), [
    { ...refreshJob(notice.userId, notice.organisation), correlation: job.correlation },
  ]);
  context.nudge();
  return done;
}

async function refresh(context: SliceContext, job: Job): Promise<JobOutcome> {
  // Only this slice writes jobs of this kind.
  const { userId, organisation: id } = job.body as RefreshJob;
  const organisation = organisationOf(context, id);
  if (organisation === undefined) return { drop: 'unknown-organisation' };
  const person = await findPerson(context.store.db, userId);
  if (person === undefined) return done;
  try {
    const name = await homeserverOf(context, organisation).displayName(userId);
    if (name === null) await removePerson(context.store.db, userId);
    else {
      const place = placeOf(organisation, userId);
      const fresh = { ...place, address: null, name: nameOr(name, userId), now: context.clock() };
      await putPerson(context.store.db, fresh);
    }
    return done;
  } catch (error) {
    if (error instanceof HomeserverUnavailable) return { retry: error.code, afterMs: error.retryAfterSeconds * 1000 };
    throw error;
  }
}

async function leave(context: SliceContext, job: Job): Promise<JobOutcome> {
  // Only this slice writes jobs of this kind.
  const { organisation, roomId } = job.body as LeaveJob;
  const bridge = context.bridges.get(organisation);
  if (bridge === undefined) return { drop: 'unknown-organisation' };
  return (await bridge.leave(roomId)) === 'left' ? done : { retry: 'homeserver-unavailable' };
}

function shown(person: Person) {
  const { userId, name, organisation, outsider, address } = person;
  return { userId, name, organisation, outsider, address };
}

function placeOf(organisation: Organisation, userId: string) {
  return { userId, organisation: organisation.id, outsider: organisation.outsiders };
}

/** People without a name are shown by their user id's local part. Names are cut where ours may end. */
function nameOr(name: string, userId: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return plain === '' ? userId.slice(1, userId.indexOf(':')) : [...plain].slice(0, 100).join('');
}

function organisationOf(context: SliceContext, id: string): Organisation | undefined {
  return context.config.organisations.find((organisation) => organisation.id === id);
}

function homeserverOf(context: SliceContext, organisation: Organisation) {
  const homeserver = context.homeservers.get(organisation.id);
  if (homeserver === undefined) throw new Error(`no homeserver for ${organisation.id}`);
  return homeserver;
}

/** Throws 503 when the homeserver gives no answer. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof HomeserverUnavailable)) throw error;
    throw new HttpError(503, 'homeserver-unavailable', { retryAfterSeconds: error.retryAfterSeconds });
  }
}

function optionalText(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' ? value : undefined;
}
