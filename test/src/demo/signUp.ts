import * as v from 'valibot';
import { eventually } from '../harness/http.ts';

/** Where a running Besace answers. */
export type Front = { readonly url: string; readonly mailbox: string };

export type NewPerson = { readonly name: string; readonly address: string; readonly password: string };
export type SignedUp = { readonly userId: string; readonly homeserver: string };

const config = v.object({ mailbox: v.nullable(v.string()) });
const mails = v.object({ mails: v.array(v.object({ text: v.string(), links: v.array(v.string()) })) });
const made = v.object({ userId: v.string(), homeserver: v.string() });

/** Reads where a Besace that was started here has its mail page. Throws a sentence when none answers at `url`. */
export async function findFront(url: string): Promise<Front> {
  const response = await fetch(`${url}/config.json`).catch(() => null);
  if (response === null || !response.ok) throw new Error(`nothing answers at ${url}: is Besace started (npm start)?`);
  const { mailbox } = v.parse(config, await response.json());
  if (mailbox === null) throw new Error(`${url} has no local mail page: the demo needs it to read the sign-up links`);
  return { url, mailbox };
}

/** Signs up as a person does: asks for a link, opens the mail, follows the link, chooses a name and a password. */
export async function signUp(front: Front, person: NewPerson): Promise<SignedUp> {
  await post(`${front.url}/api/accounts/sign-up`, { address: person.address, locale: 'fr' });
  const token = await eventually(async () => {
    const found = await fetch(`${front.mailbox}/api/mails?${new URLSearchParams({ to: person.address })}`);
    const [latest] = v.parse(mails, await found.json()).mails;
    return latest?.links.map((link) => /\/inscription\/([\w-]+)$/.exec(link)?.[1]).find((one) => one !== undefined);
  });
  const { name: displayName, password } = person;
  return v.parse(made, await post(`${front.url}/api/accounts/sign-up/${token}`, { displayName, password }));
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${new URL(url).pathname.replace(/[\w-]{40,}/, '...')} answered ${response.status} ${text}`);
  return JSON.parse(text);
}
