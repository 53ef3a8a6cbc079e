import { ok } from '@besace/protocol/core/result';
import type { NotifyApi } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';
import { PUSH_ENCRYPTED, type PushRule } from './rules.ts';

/**
 * Pushers of this account at its server (Matrix spec, 13.13.1.7). The server gives the gateway the ids of an event and nothing else
 * (`event_id_only`), and of every encrypted event, where it can (MSC4028): what calls the person is judged on the device.
 */
export function pushTargets(
  http: HttpPort,
  signal: AbortSignal,
  rules: () => readonly PushRule[],
): Pick<NotifyApi, 'addPush' | 'removePush'> {
  return {
    async addPush({ gateway, appId, endpoint, p256dh, auth, deviceName, lang }) {
      const added = await http.json({
        method: 'POST',
        path: '/_matrix/client/v3/pushers/set',
        body: {
          kind: 'http',
          app_id: appId,
          pushkey: p256dh,
          app_display_name: 'Besace',
          device_display_name: deviceName,
          lang,
          data: { url: gateway, format: 'event_id_only', endpoint, auth },
          append: true,
        },
        signal,
      });
      if (!added.ok) return added;
      const rule = rules().find(({ kind, id }) => kind === 'override' && id === PUSH_ENCRYPTED);
      if (rule === undefined || rule.enabled) return ok(undefined);
      const enabled = await http.json({
        method: 'PUT',
        path: `/_matrix/client/v3/pushrules/global/override/${PUSH_ENCRYPTED}/enabled`,
        body: { enabled: true },
        signal,
      });
      return enabled.ok ? ok(undefined) : enabled;
    },
    async removePush({ appId, p256dh }) {
      const answer = await http.json({
        method: 'POST',
        path: '/_matrix/client/v3/pushers/set',
        body: { kind: null, app_id: appId, pushkey: p256dh },
        signal,
      });
      return answer.ok ? ok(undefined) : answer;
    },
  };
}
