import { createTransport } from 'nodemailer';
import { type Address, parseAddress } from './address.ts';
import type { Config } from './config.ts';

export type Mail = {
  readonly to: Address;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names the mail in the same way at each try, so that a mail system can see a repetition. */
  readonly messageIdSeed: string;
};

/** `refused`: the mail server says it never will; `later`: it did not take it now. */
export type MailOutcome = 'sent' | 'refused' | 'later';

export interface Mailer {
  send(mail: Mail): Promise<MailOutcome>;
  /** Throws when the mail server does not answer. */
  probe(): Promise<void>;
  close(): void;
}

export function createMailer(smtp: Config['smtp']): Mailer {
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    ...(smtp.user === undefined ? {} : { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = smtp.from.slice(smtp.from.lastIndexOf('@') + 1);
  return {
    async send(mail) {
      // Read once more here, whoever made it: this is the last place at which a mail can still not go to Eve.
      const to = parseAddress(mail.to);
      if (!to.ok) return 'refused';
      try {
        // Addresses always as objects, and no envelope of our own: a string would be parsed as a list, groups and all
        // (trust.md, fact 9), and so are the strings of an envelope.
        await transport.sendMail({
          from: { name: 'Besace', address: smtp.from },
          to: { name: '', address: to.value },
          messageId: `<${mail.messageIdSeed}@${domain}>`,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // RFC 3834: autoresponders keep still.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return 'sent';
      } catch (error) {
        return isFinal(error) ? 'refused' : 'later';
      }
    },
    async probe() {
      await transport.verify();
    },
    close: () => transport.close(),
  };
}

/**
 * RFC 5321, 4.2.1: a reply of 5xx to the recipient or the message is for good. One to our greeting, login or sender says
 * that something is set up wrongly, which somebody will mend.
 */
function isFinal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('responseCode' in error)) return false;
  const command = 'command' in error ? error.command : undefined;
  return Number(error.responseCode) >= 500 && (command === 'RCPT TO' || command === 'DATA');
}
