import { ClientEvent } from 'matrix-js-sdk/lib/client.js';
import { MatrixEvent } from 'matrix-js-sdk/lib/models/event.js';
import type { SdkClient } from '../crypto/sdkClient.ts';
import type { SyncAnswer } from '../sync/response.ts';

/**
 * Hands the crypto what an answer brings for it: to-device messages (room keys, verifications), device changes and key counts, all in one call
 * as it asks. Throws what the crypto throws: the position then stays, and the same is asked for again.
 */
export async function feedCrypto(sdk: SdkClient, answer: SyncAnswer): Promise<void> {
  const { toDevice, e2ee } = answer;
  if (toDevice === null && e2ee === null) return;
  await sdk.backend.processSyncChanges({
    toDeviceEvents: (toDevice?.events ?? []).flatMap((event) =>
      typeof event.type === 'string' && typeof event.sender === 'string' && isObject(event.content)
        ? [{ type: event.type, sender: event.sender, content: event.content }]
        : [],
    ),
    ...(e2ee === null ? {} : { deviceLists: { changed: [...e2ee.changed], left: [...e2ee.left] } }),
    ...(e2ee?.oneTimeKeys ? { oneTimeKeysCounts: { ...e2ee.oneTimeKeys } } : {}),
    ...(e2ee?.fallbackKeys ? { unusedFallbackKeys: [...e2ee.fallbackKeys] } : {}),
    useMsc4186: true,
  });
}

/** Lets the SDK know the account data that it reads (secret storage, backup). */
export function feedAccountData(sdk: Pick<SdkClient, 'client' | 'syncedAccountData'>, answer: SyncAnswer): void {
  for (const { type, content } of answer.accountData) {
    sdk.syncedAccountData.set(type, content);
    sdk.client.emit(ClientEvent.AccountData, new MatrixEvent({ type, content: { ...content } }));
  }
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
