import {
  DecryptionSettings,
  MegolmDecryptionError,
  TrustRequirement,
  RoomId as WasmRoomId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { SdkClient } from './sdkClient.ts';

/**
 * Asks one's own other devices for the key of an event (Matrix spec, client-server, 11.12.6, key requests). The machine asks by itself when an event does not
 * open, once a session, but the SDK forbids it: with thousands of events from before one joined it would ask for each. So it is allowed
 * for the one event that somebody waits for, once the backup did not have it. It takes only keys that it has asked for.
 */
export function createAskDevices(sdk: Pick<SdkClient, 'olm' | 'flush'>): (event: RawEvent) => Promise<void> {
  let asking = 0;
  return async (event) => {
    asking += 1;
    sdk.olm.roomKeyRequestsEnabled = true;
    try {
      const settings = new DecryptionSettings(TrustRequirement.CrossSignedOrLegacy);
      (await sdk.olm.decryptRoomEvent(machineJson(event), new WasmRoomId(event.room_id), settings)).free();
    } catch (thrown) {
      if (!(thrown instanceof MegolmDecryptionError)) throw thrown;
      thrown.free();
    } finally {
      asking -= 1;
      if (asking === 0) sdk.olm.roomKeyRequestsEnabled = false;
    }
    await sdk.flush();
  };
}

/** The event as the machine takes it. A relation on the wire would be copied into the clear content: it is left out, so that what comes back was inside (T1). */
export function machineJson(event: RawEvent): string {
  const { 'm.relates_to': _wire, ...content } = event.content;
  return JSON.stringify({
    event_id: event.event_id,
    type: event.type,
    sender: event.sender,
    origin_server_ts: event.origin_server_ts,
    ...(event.state_key === undefined ? {} : { state_key: event.state_key }),
    content,
  });
}
