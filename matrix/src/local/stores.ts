/**
 * The object stores of the database `<prefix>-local`. Adding one: append its name and raise the version by one. All keep encrypted values
 * under string keys; a key may name rooms, events and objects (the homeserver knows them too), never content.
 */
export const LOCAL_STORES = [
  'account', // the signed-in account and its progress through setup
  'roomList', // the snapshot that the first screen is made from
  'seen', // which megolm message index carried which event, per room and session (refuses replays)
  'objects', // folded objects per room
  'timeline', // latest events per opened room
  'outbox', // what waits to be sent
  'blobs', // bytes of files that wait to be sent
  'drafts', // what was being written in each room; written by the page itself, so that it survives the worker
  'vault', // private lists of the account, as its devices share them
  'search', // what can be found: words, texts, and how far each room was read
] as const;

export type LocalStore = (typeof LOCAL_STORES)[number];

export const LOCAL_VERSION = 4;
