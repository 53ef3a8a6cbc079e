import { Router } from 'express';
import { HttpError, jsonBody, limitTo, parseBody } from '../../runtime/http.ts';
import type { SliceContext, SliceParts } from '../../runtime/slice.ts';
import { isPair, judgeAnswer, notifyBody, planPush, type Wake } from './plan.ts';
import { createSend, type Send } from './send.ts';

/** Runs what `plan.ts` decides. */
export function startPush(context: SliceContext): SliceParts {
  const { config, store, clock } = context;
  const { push } = config;
  if (push === null) return {};
  if (!isPair(push.vapid)) throw new Error('push.vapid: the private key is not that of the public key');
  const send = createSend(push);
  const limiter = { db: store.db, clock, metrics: context.metrics, pseudonymKey: context.pseudonymKey };
  const organisations = config.organisations.map(({ id }) => id);
  const rootRouter = Router();

  rootRouter.post('/_matrix/push/v1/notify', jsonBody, async (request, response) => {
    const plan = planPush(parseBody(notifyBody, request).notification, organisations, push.services);
    for (const { pushkey } of plan.wakes) await limitTo(limiter, 'push-device', pushkey, config.limits.pushDevice);
    const answers = await Promise.all(plan.wakes.map((wake) => wakeOne(context, send, wake)));
    // The homeserver asks again, for all of them: a browser that was woken twice shows the same notification once.
    if (answers.includes('later')) throw new HttpError(502, 'push-service-unavailable', { retryAfterSeconds: 5 });
    const gone = plan.wakes.filter((_, index) => answers[index] === 'gone').map(({ pushkey }) => pushkey);
    response.json({ rejected: [...plan.rejected, ...gone] });
  });

  return { rootRouter };
}

async function wakeOne(context: SliceContext, send: Send, wake: Wake): Promise<ReturnType<typeof judgeAnswer>> {
  const { organisation, endpoint } = wake;
  try {
    const status = await send(wake);
    const judged = judgeAnswer(status);
    const line = { organisation, service: endpoint.host, status };
    if (judged === 'later') context.log.warn(line, 'a push service did not take a message');
    else context.log.info(line, judged);
    return judged;
  } catch (error) {
    // The keys of the subscription were looked at by the plan: it is not its fault.
    context.log.error({ organisation, service: endpoint.host, err: error }, 'a message could not be made');
    return 'later';
  }
}
