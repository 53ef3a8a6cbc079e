import type { Clock } from '../platform/platform.ts';
import type { HttpPort } from '../session/context.ts';
import type { SdkClient } from './sdkClient.ts';

/**
 * Uploads now the keys that are not in the backup yet: the SDK waits up to 10 s with each new one, so that the devices of a person do not all upload at once, and a
 * device that ends before would take with it what nobody else holds. Gives up quietly when the server does not take them, or after `ms`.
 */
export async function uploadKeys(
  sdk: Pick<SdkClient, 'olm' | 'backend'>,
  http: Pick<HttpPort, 'json'>,
  clock: Clock,
  ms: number,
): Promise<void> {
  if ((await sdk.backend.getActiveSessionBackupVersion()) === null) return;
  const end = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = end - clock.monotonic()) {
    const request = await sdk.olm.backupRoomKeys();
    if (request === undefined) return;
    const { version, body, id, type } = request;
    const answer = await http.json({
      method: 'PUT',
      path: '/_matrix/client/v3/room_keys/keys',
      query: { version },
      body: JSON.parse(body),
      timeoutMs: left,
    });
    if (!answer.ok) return;
    await sdk.olm.markRequestAsSent(id, type, JSON.stringify(answer.value));
  }
}
