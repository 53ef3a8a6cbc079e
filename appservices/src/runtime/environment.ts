import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Time, in milliseconds since 1970. Injected, so that tests can let an hour pass. */
export type Clock = () => number;

/** 256 random bits in base64url: 43 characters, fit for a link. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored instead of a random token. A token of 256 bits needs neither salt nor stretching. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A short name for something personal, of no use without the installation's key. */
export function pseudonym(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Compares secrets in a time that does not depend on where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest());
}
