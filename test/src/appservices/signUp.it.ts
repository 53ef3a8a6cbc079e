import { beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../harness/connect.ts';
import { sharedWorld } from '../harness/shared.ts';
import { ask, linkFor, mailsFor, newPerson } from './kit.ts';

// The whole way on the world's own processes: HTTP, queue, mail, Synapse, sign-in.
let world: World;
let api: string;
let mailUrl: string;

beforeAll(() => {
  world = sharedWorld();
  const { appservicesUrl, mailboxUrl } = world.description;
  if (appservicesUrl === null || mailboxUrl === null) throw new Error('this world has no appservices');
  api = `${appservicesUrl}/api/accounts`;
  mailUrl = mailboxUrl;
});

describe('a sign-up', () => {
  it.each([
    ['interieur.gouv.fr', 'interieur', false],
    ['culture.gouv.fr', 'culture', false],
    ['association.example', 'externes', true],
  ])(
    '[ACC-2, ACC-6, ACC-12] of somebody of %s ends with an account at %s that signs in',
    async (domain, id, outsider) => {
      const { address, password } = newPerson(domain);
      const place = await ask(`${api}/organisation?address=${encodeURIComponent(address)}`);
      expect(place).toMatchObject({ status: 200, body: { organisation: id, serverName: `${id}.test`, outsider } });

      const token = await linkFor(world.description.appservicesUrl ?? '', mailUrl, address);
      const link = await ask(`${api}/sign-up/${token}`);
      expect(link).toMatchObject({ status: 200, body: { address, organisation: id, localpart: place.body.localpart } });
      expect(link.body.suggestedName).toMatch(/^Camille Durand /);

      const made = await ask(`${api}/sign-up/${token}`, 'POST', { displayName: 'Camille Durand', password });
      const userId = `@${place.body.localpart}:${id}.test`;
      expect(made).toMatchObject({ status: 201, body: { userId, homeserver: place.body.homeserver } });

      const login = await ask(`${world.org(id).clientUrl}/_matrix/client/v3/login`, 'POST', {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: place.body.localpart },
        password,
      });
      expect(login).toMatchObject({ status: 200, body: { user_id: userId } });
      const devices = await ask(
        `${world.org(id).clientUrl}/_matrix/client/v3/devices`,
        'GET',
        undefined,
        String(login.body.access_token),
      );
      expect(devices.body.devices).toHaveLength(1);
      const profile = await ask(
        `${world.org(id).clientUrl}/_matrix/client/v3/profile/${encodeURIComponent(userId)}`,
        'GET',
        undefined,
        String(login.body.access_token),
      );
      expect(profile.body).toMatchObject({ displayname: 'Camille Durand' });

      for (const method of ['GET', 'POST'] as const) {
        const body = method === 'POST' ? { displayName: 'Camille Durand', password } : undefined;
        expect(await ask(`${api}/sign-up/${token}`, method, body)).toMatchObject({
          status: 410,
          body: { code: 'used' },
        });
      }
    },
  );

  it('[ACC-4, ACC-8] of an address with an account answers alike, and mails how to sign in', async () => {
    const { address, password } = newPerson('culture.gouv.fr');
    const token = await linkFor(world.description.appservicesUrl ?? '', mailUrl, address);
    await ask(`${api}/sign-up/${token}`, 'POST', { displayName: 'Camille', password });
    const fresh = newPerson('culture.gouv.fr').address;
    const [known, unknown] = [
      await ask(`${api}/sign-up`, 'POST', { address, locale: 'en' }),
      await ask(`${api}/sign-up`, 'POST', { address: fresh, locale: 'en' }),
    ];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const mail = (await mailsFor(mailUrl, address, 2)).at(-1);
    expect(mail?.subject).toBe('You already have a Besace account');
    expect(mail?.text).toContain(address);
    expect(mail?.links.join()).not.toContain('/inscription/');
  });

  it('[ACC-8] of an account that was made by other means is told from a new one by asking the homeserver', async () => {
    const { address } = newPerson('interieur.gouv.fr');
    const place = await ask(`${api}/organisation?address=${encodeURIComponent(address)}`);
    const { registerAccount } = await import('@besace/homeserver-config/accounts');
    const { clientUrl: homeserver, registrationSecret: secret } = world.org('interieur');
    const username = String(place.body.localpart);
    await registerAccount({ homeserver, secret, username, password: 'made by other means' });
    await ask(`${api}/sign-up`, 'POST', { address, locale: 'fr' });
    expect((await mailsFor(mailUrl, address))[0]?.subject).toBe('Vous avez déjà un compte Besace');
  });

  it('[ACC-10, ACC-11] refuses a weak password or a strange name, and the link stays good', async () => {
    const { address, password } = newPerson('interieur.gouv.fr', 'dominique.lefevre');
    const token = await linkFor(world.description.appservicesUrl ?? '', mailUrl, address);
    const attempts = [
      [
        { displayName: 'Dominique', password: 'court' },
        { code: 'weak-password', reason: 'too-short' },
      ],
      [
        { displayName: 'Dominique', password: 'motdepasse123' },
        { code: 'weak-password', reason: 'guessable' },
      ],
      [
        { displayName: 'Dominique', password: 'dominique.lefevre' },
        { code: 'weak-password', reason: 'personal' },
      ],
      [{ displayName: 'Domi\u202enique', password }, { code: 'bad-name' }],
      [{ displayName: ' ', password }, { code: 'bad-name' }],
    ];
    for (const [body, answer] of attempts) {
      expect(await ask(`${api}/sign-up/${token}`, 'POST', body)).toMatchObject({ status: 422, body: answer });
    }
    expect((await ask(`${api}/sign-up/${token}`, 'POST', { displayName: 'Dominique', password })).status).toBe(201);
  });

  it('[ACC-6] with a link that never was is unknown', async () => {
    const answer = await ask(`${api}/sign-up/${'x'.repeat(43)}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown' } });
  });
});

describe('the health page', () => {
  it('[HEA-1, HEA-2] finds every dependency well, the way back from each homeserver too', async () => {
    const health = await ask(`${world.description.appservicesUrl}/health`);
    expect(health).toMatchObject({ status: 200, body: { status: 'ok' } });
    const homeservers = ['interieur', 'culture', 'externes'];
    const names = homeservers.flatMap((id) => [`homeserver:${id}`, `transactions:${id}`]);
    expect(Object.keys(health.body.checks as object).sort()).toEqual(['mail', 'store', ...names].sort());
  });
});
