import PostalMime from 'postal-mime';

/** A mail that was caught, reduced to what a page and a test want of it. */
export type CaughtMail = {
  readonly id: string;
  /** ISO 8601, when it came in. */
  readonly receivedAt: string;
  readonly from: string;
  /** The recipients of the envelope, which are those who would have got it. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The http and https addresses in the text, in order, each once. */
  readonly links: readonly string[];
};

/** The newest mails, oldest out first. */
export interface MailBox {
  add(mail: CaughtMail): void;
  /** Newest first; only those for `to` when it is given. Addresses are compared without case. */
  list(to?: string): readonly CaughtMail[];
}

/** Most mails kept. */
export const KEPT_MAILS = 200;

export function createMailBox(): MailBox {
  const mails: CaughtMail[] = [];
  return {
    add(mail) {
      mails.unshift(mail);
      mails.length = Math.min(mails.length, KEPT_MAILS);
    },
    list(to) {
      if (to === undefined) return mails;
      const wanted = to.toLowerCase();
      return mails.filter((mail) => mail.to.some((recipient) => recipient.toLowerCase() === wanted));
    },
  };
}

/** Reads a raw message. What it holds besides text (HTML, attachments) is left out. */
export async function readMail(
  raw: Uint8Array,
  envelope: { readonly id: string; readonly receivedAt: string; readonly from: string; readonly to: readonly string[] },
): Promise<CaughtMail> {
  const parsed = await PostalMime.parse(raw, { maxNestingDepth: 20 });
  const text = (parsed.text ?? '').slice(0, 100_000);
  return { ...envelope, subject: (parsed.subject ?? '').slice(0, 500), text, links: linksOf(text) };
}

function linksOf(text: string): string[] {
  const found = text.match(/https?:\/\/[^\s<>"']{1,2000}/g) ?? [];
  return [...new Set(found.map((link) => link.replace(/[.,;:!?)\]]+$/, '')))].slice(0, 50);
}
