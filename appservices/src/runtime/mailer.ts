import { createTransport } from 'nodemailer';
import type { Config } from './config.ts';

export type Mail = {
  /** One parsed address; see the accounts slice. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** RFC 3834: tells autoresponders to keep still. All our mails are of a machine. */
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
      try {
        // Addresses always as objects: a string would be parsed as a list, groups and all (trust.md, fact 9).
        await transport.sendMail({
          from: { name: 'Besace', address: smtp.from },
          to: { name: '', address: mail.to },
          envelope: { from: smtp.from, to: [mail.to] },
          // The same for each try of one job, so that a mail system can see a repetition.
          messageId: `<${mail.messageIdSeed}@${domain}>`,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
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

/** RFC 5321, 4.2.1: a reply of 5xx to a recipient or the message is for good. One to our greeting or login is not. */
function isFinal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('responseCode' in error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return Number(error.responseCode) >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
}
