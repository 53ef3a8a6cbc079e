import { type RequestHandler, Router } from 'express';
import * as v from 'valibot';
import { type Address, parseAddress } from '../../runtime/address.ts';
import type { Limit, Organisation } from '../../runtime/config.ts';
import { hashToken, randomToken } from '../../runtime/environment.ts';
import { HomeserverUnavailable } from '../../runtime/homeserver.ts';
import {
  correlationOf,
  HttpError,
  jsonBody,
  limitTo,
  networkOf,
  parseBody,
  pathText,
  queryText,
} from '../../runtime/http.ts';
import { done, enqueue, type Job, type JobOutcome } from '../../runtime/queue.ts';
import type { SliceContext, SliceParts } from '../../runtime/slice.ts';
import { localpartFor } from './localpart.ts';
import { composeMail } from './mails.ts';
import { organisationOf } from './organisation.ts';
import { parseName, passwordWeakness, suggestedName } from './person.ts';
import { judgeLink, judgeRegistration, LINK_MS, type MailJob, planMail, planSignUp } from './plan.ts';
import { addLink, claimTry, findLink, forgetOldLinks, hasAccount, noteAccount, releaseTry } from './store.ts';

const signUpBody = v.object({ address: v.string(), locale: v.picklist(['fr', 'en']) });
const completionBody = v.object({
  displayName: v.pipe(v.string(), v.maxLength(1000)),
  password: v.pipe(v.string(), v.maxLength(4000)),
});

/** Runs what `plan.ts` decides: the routes of `/api/accounts` and the mail job. */
export function startAccounts(context: SliceContext): SliceParts {
  const { config, store, clock } = context;
  const limiter = { db: store.db, clock, metrics: context.metrics, pseudonymKey: context.pseudonymKey };
  const perNetwork =
    (name: string, limit: Limit): RequestHandler =>
    async (request, _response, next) => {
      await limitTo(limiter, name, networkOf(request), limit);
      next();
    };
  const gentle = perNetwork('accounts-network', config.limits.accountsNetwork);

  const router = Router();

  router.get('/organisation', gentle, (request, response) => {
    const place = placeOf(config.organisations, queryText(request, 'address'));
    const { organisation, localpart } = place;
    response.json({
      organisation: organisation.id,
      serverName: organisation.serverName,
      homeserver: organisation.publicHomeserver,
      label: organisation.label,
      outsider: organisation.outsiders,
      localpart,
    });
  });

  router.post(
    '/sign-up',
    perNetwork('sign-up-network', config.limits.signUpNetwork),
    jsonBody,
    async (request, response) => {
      const { address: text, locale } = parseBody(signUpBody, request);
      const { address } = placeOf(config.organisations, text);
      await limitTo(limiter, 'sign-up-address', address, config.limits.signUpAddress);
      await enqueue(store.db, clock(), [planSignUp(address, locale, correlationOf(response))]);
      response.status(202).json({});
      context.nudge();
    },
  );

  router.get('/sign-up/:token', gentle, async (request, response) => {
    const address = await openLink(context, pathText(request, 'token'));
    const { organisation, localpart } = placeOf(config.organisations, address);
    response.json({
      address,
      organisation: organisation.id,
      homeserver: organisation.publicHomeserver,
      localpart,
      suggestedName: suggestedName(address),
    });
  });

  router.post('/sign-up/:token', gentle, jsonBody, async (request, response) => {
    const { displayName, password } = parseBody(completionBody, request);
    const address = await openLink(context, pathText(request, 'token'));
    const name = parseName(displayName);
    if (!name.ok) throw new HttpError(422, 'bad-name');
    const weakness = passwordWeakness(password, address, name.value);
    if (weakness !== undefined) throw new HttpError(422, 'weak-password', { details: { reason: weakness } });
    const made = await makeAccount(context, address, name.value, password, correlationOf(response));
    response.status(201).json(made);
    context.nudge();
  });

  return {
    router,
    jobs: { 'accounts.mail': (job) => sendMail(context, job) },
    tick: () => forgetOldLinks(store.db, clock()),
  };
}

/** Where an address belongs. Throws 400 `bad-address`. */
function placeOf(organisations: readonly Organisation[], text: string) {
  const address = parseAddress(text);
  if (!address.ok) throw new HttpError(400, 'bad-address');
  const organisation = organisationOf(organisations, address.value);
  const localpart = localpartFor(address.value, organisation.serverName);
  if (!localpart.ok) throw new HttpError(400, 'bad-address');
  const userId = `@${localpart.value}:${organisation.serverName}`;
  return { address: address.value, organisation, localpart: localpart.value, userId };
}

/** The address that a link is good for. Throws 404 `unknown`, 410 `used` or `expired`. */
async function openLink(context: SliceContext, token: string): Promise<Address> {
  const now = context.clock();
  const link = judgeLink(await findLink(context.store.db, hashToken(token)), now);
  if (link.state === 'unknown') throw new HttpError(404, 'unknown');
  if (link.state !== 'open') throw new HttpError(410, link.state);
  return link.address;
}

/** Makes the account at the homeserver, then notes it. Throws 409 or 503, after which the link is as good as before. */
async function makeAccount(
  context: SliceContext,
  address: Address,
  name: string,
  password: string,
  correlation: string,
): Promise<{ userId: string; homeserver: string }> {
  const { organisation, localpart, userId } = placeOf(context.config.organisations, address);
  const homeserver = homeserverOf(context, organisation);
  const db = context.store.db;
  const claim = await claimTry(db, address, context.clock());
  if (claim === undefined) throw new HttpError(409, 'in-progress', { retryAfterSeconds: 2 });
  try {
    const answer = await homeserver.register({ localpart, password, displayName: name });
    const made = await judgeRegistration(answer, claim.tries, () => homeserver.passwordOpens(localpart, password));
    await db.transaction().execute(async (trx) => {
      const account = { userId, address, organisation: organisation.id, now: context.clock() };
      if (!(await noteAccount(trx, account))) return;
      const notice = { type: 'account-created', userId, organisation: organisation.id, address, name } as const;
      await context.tell(trx, notice, correlation);
    });
    if (made === 'created') return { userId, homeserver: organisation.publicHomeserver };
  } catch (error) {
    await releaseTry(db, address, claim.claim);
    if (!(error instanceof HomeserverUnavailable)) throw error;
    context.log.warn({ correlation, organisation: organisation.id, err: error }, 'an account could not be made yet');
    throw new HttpError(503, 'homeserver-unavailable', { retryAfterSeconds: error.retryAfterSeconds });
  }
  context.nudge();
  throw new HttpError(409, 'account-exists');
}

async function sendMail(context: SliceContext, job: Job): Promise<JobOutcome> {
  // Only this slice writes jobs of this kind, and the queue is ours.
  const body = job.body as MailJob;
  const { organisation, userId } = placeOf(context.config.organisations, body.address);
  const token = randomToken();
  const known =
    (await hasAccount(context.store.db, body.address)) || (await existsAt(context, organisation, userId, job));
  if (!known) {
    const now = context.clock();
    const link = { tokenHash: hashToken(token), address: body.address, locale: body.locale };
    await addLink(context.store.db, { ...link, createdAt: now, expiresAt: now + LINK_MS });
  }
  const words = { publicUrl: context.config.publicUrl, organisation: organisation.label[body.locale] };
  const mail = composeMail(planMail(known, body, token, words), body.locale);
  const outcome = await context.mailer.send({ ...mail, to: body.address, messageIdSeed: job.id });
  if (outcome === 'sent') return done;
  return outcome === 'later' ? { retry: 'mail-server-unavailable' } : { drop: 'mail-refused' };
}

/** Accounts may have been made by other means. A homeserver that is away holds no mail up: completion asks it again. */
async function existsAt(context: SliceContext, organisation: Organisation, userId: string, job: Job) {
  try {
    return (await homeserverOf(context, organisation).displayName(userId)) !== null;
  } catch (error) {
    if (!(error instanceof HomeserverUnavailable)) throw error;
    context.log.info(
      { correlation: job.correlation, organisation: organisation.id },
      'mail made without the homeserver',
    );
    return false;
  }
}

function homeserverOf(context: SliceContext, organisation: Organisation) {
  const homeserver = context.homeservers.get(organisation.id);
  if (homeserver === undefined) throw new Error(`no homeserver for ${organisation.id}`);
  return homeserver;
}
