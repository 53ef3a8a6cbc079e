import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import express, { type Express } from 'express';
import { SMTPServer } from 'smtp-server';
import type { Logger } from '../runtime/logging.ts';
import { createMailBox, type MailBox, readMail } from './caught.ts';
import { renderPage, STYLE } from './page.ts';

export interface MailCatcher {
  readonly smtpPort: number;
  readonly httpPort: number;
  stop(): Promise<void>;
}

/** Loopback and nothing else, whatever the configuration says of the rest. */
const HOST = '127.0.0.1';
const MAX_MAIL_BYTES = 1024 * 1024;

/** Port 0 takes a free one. */
export async function startMailCatcher(
  ports: { readonly smtpPort: number; readonly httpPort: number },
  log: Logger,
): Promise<MailCatcher> {
  const box = createMailBox();
  const smtp = createSmtp(box, log);
  await new Promise<void>((resolve, reject) => {
    smtp.on('error', reject);
    smtp.listen(ports.smtpPort, HOST, resolve);
  });
  smtp.on('error', (error) => log.warn({ err: error }, 'a mail connection failed'));
  const web = createServer(createPage(box));
  try {
    await new Promise<void>((resolve, reject) => {
      web.once('error', reject);
      web.listen(ports.httpPort, HOST, resolve);
    });
  } catch (error) {
    await closeSmtp(smtp);
    throw error;
  }
  const smtpPort = portOf(smtp.server.address());
  const httpPort = portOf(web.address());
  log.info({ smtpPort, httpPort }, 'catching mail');
  return {
    smtpPort,
    httpPort,
    async stop() {
      await Promise.all([closeSmtp(smtp), closeWeb(web)]);
    },
  };
}

function createSmtp(box: MailBox, log: Logger): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    socketTimeout: 30_000,
    closeTimeout: 1_000,
    onData(stream, session, callback) {
      const envelope = {
        id: randomUUID(),
        receivedAt: new Date().toISOString(),
        from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map((recipient) => recipient.address),
      };
      readAll(stream)
        .then((raw) => readMail(raw, envelope))
        .then(
          (mail) => {
            box.add(mail);
            log.info({ mail: mail.id }, 'mail caught');
            callback(null);
          },
          (error: unknown) => {
            log.warn({ err: error }, 'a mail could not be read');
            callback(error instanceof Refusal ? error : new Refusal(554, 'message not readable'));
          },
        );
    },
  });
}

/** The page and its JSON. */
export function createPage(box: MailBox): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  const style = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
  app.use((request, response, next) => {
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('x-content-type-options', 'nosniff');
    // A site whose name was made to point here (DNS rebinding) would read the mails of whoever visits it.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) {
      response.status(421).type('text').send('Only as localhost.\n');
      return;
    }
    next();
  });
  app.get('/', (request, response) => {
    const to = recipientOf(request.query.to);
    response.type('html').send(renderPage(box.list(to), to));
  });
  app.get('/api/mails', (request, response) => {
    response.json({ mails: box.list(recipientOf(request.query.to)) });
  });
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });
  return app;
}

function recipientOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function readAll(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    // The rest is read and dropped: the sender waits for an answer until the message ends.
    if (size <= MAX_MAIL_BYTES) chunks.push(chunk);
  }
  if (size > MAX_MAIL_BYTES) throw new Refusal(552, 'message too large');
  return Buffer.concat(chunks);
}

/** What smtp-server answers with: a reply of RFC 5321, 4.2. */
class Refusal extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

function closeSmtp(smtp: SMTPServer): Promise<void> {
  return new Promise((resolve) => smtp.close(() => resolve()));
}

function closeWeb(web: Server): Promise<void> {
  return new Promise((resolve) => {
    web.close(() => resolve());
    web.closeAllConnections();
  });
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
