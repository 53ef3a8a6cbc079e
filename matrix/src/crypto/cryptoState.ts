const NEEDED = ['m.room.create', 'm.room.encryption', 'm.room.history_visibility'];

/** Whether the crypto needs this state event. */
export function isCryptoState(type: string): boolean {
  return type === 'm.room.member' || NEEDED.includes(type);
}
