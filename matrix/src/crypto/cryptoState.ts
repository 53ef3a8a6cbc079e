const NEEDED = ['m.room.create', 'm.room.encryption', 'm.room.history_visibility', 'm.room.member'];

/** Whether the crypto needs this state event. In a file without the SDK, because the service worker reads rooms too. */
export function isCryptoState(type: string): boolean {
  return NEEDED.includes(type);
}
