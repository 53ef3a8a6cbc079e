import type { Address } from '../../runtime/address.ts';
import type { NewJob } from '../../runtime/queue.ts';
import type { AccountMail, Locale } from './mails.ts';
import type { Link } from './store.ts';

/** What the queue carries of a request for a link. */
export type MailJob = { readonly address: Address; readonly locale: Locale };

/** What becomes of a request for a link: one mail on its way to one address, whatever the address is to us (ACC-4). */
export function planSignUp(address: Address, locale: Locale, correlation: string): NewJob {
  return { kind: 'accounts.mail', key: address, body: { address, locale } satisfies MailJob, correlation };
}

/** Life of a link; milliseconds (ACC-5). */
export const LINK_MS = 3600 * 1000;

export type LinkState =
  | { readonly state: 'open'; readonly address: Address }
  | { readonly state: 'unknown' | 'used' | 'expired' };

/** Whether a link may still make an account (ACC-6). A used one stays used past its hour. */
export function judgeLink(link: Link | undefined, now: number): LinkState {
  if (link === undefined) return { state: 'unknown' };
  if (link.usedAt !== null) return { state: 'used' };
  return link.expiresAt <= now ? { state: 'expired' } : { state: 'open', address: link.address };
}

/** Which of the two mails an address gets (ACC-8). `token` is the fresh link's. */
export function planMail(
  known: boolean,
  job: MailJob,
  token: string,
  words: { readonly publicUrl: string; readonly organisation: string },
): AccountMail {
  return known
    ? { kind: 'existing', signIn: words.publicUrl, address: job.address }
    : { kind: 'link', link: `${words.publicUrl}/inscription/${token}`, organisation: words.organisation };
}

/** What the homeserver said to the making of an account, and what follows from it (ACC-7). */
export type Made = 'created' | 'exists';

/**
 * @param answer what the registration said
 * @param tries how many completions of this address were begun, this one included
 * @param opens whether the given password opens the account; asked only when it matters
 */
export async function judgeRegistration(
  answer: 'created' | 'taken',
  tries: number,
  opens: () => Promise<boolean>,
): Promise<Made> {
  if (answer === 'created') return 'created';
  // An earlier try whose answer was lost has made it: the person who holds the link and the password is its owner.
  return tries > 1 && (await opens()) ? 'created' : 'exists';
}
