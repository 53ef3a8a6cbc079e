import { beforeAll, describe, expect, it } from 'vitest';
import type { WorldAccount } from '../harness/connect.ts';
import { call, MatrixAnswer } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';

const world = sharedWorld();
let agent: WorldAccount;
let outsider: WorldAccount;

beforeAll(async () => {
  agent = await world.register('interieur', 'agent');
  outsider = await world.register('externes', 'partner');
});

describe('the homeserver of outside partners', () => {
  it('lets nobody create a room, and says why in a code', async () => {
    const refused = await call(outsider, 'POST', 'v3/createRoom', { preset: 'private_chat' }).catch((error) => error);
    expect(refused).toBeInstanceOf(MatrixAnswer);
    expect(refused.status).toBe(403);
    expect(refused.body['fr.besace.code']).toBe('outsider-may-not-create-rooms');
  });

  it('lets them into a room that they were invited to', async () => {
    const room = await newRoom();
    await call(agent, 'POST', `v3/rooms/${room}/invite`, { user_id: outsider.userId });
    await call(outsider, 'POST', `v3/join/${room}?via=interieur.test`, {});
    const members = await call<{ joined: object }>(agent, 'GET', `v3/rooms/${room}/joined_members`);
    expect(Object.keys(members.joined)).toContain(outsider.userId);
  });
});

describe('a ministry', () => {
  it('refuses to invite an outside partner into a room that is closed to them', async () => {
    const room = await newRoom();
    const acl = { allow: ['*'], deny: ['externes.test'] };
    await call(agent, 'PUT', `v3/rooms/${room}/state/m.room.server_acl/`, acl);
    const invite = call(agent, 'POST', `v3/rooms/${room}/invite`, { user_id: outsider.userId });
    const refused = await invite.catch((error) => error);
    expect(refused.status).toBe(403);
    expect(refused.body['fr.besace.code']).toBe('room-closed-to-outsiders');
    const colleague = await world.register('culture', 'colleague');
    await call(agent, 'POST', `v3/rooms/${room}/invite`, { user_id: colleague.userId });
  });
});

describe('every homeserver', () => {
  it('opens no account to whoever asks', async () => {
    for (const { clientUrl } of world.description.organisations) {
      const body = JSON.stringify({ username: 'stranger', password: 'x', auth: { type: 'm.login.dummy' } });
      const response = await fetch(`${clientUrl}/_matrix/client/v3/register`, { method: 'POST', body });
      expect(response.status).toBe(403);
    }
  });

  it('reaches no server that is not on the list', async () => {
    const refused = await call(agent, 'GET', 'v3/profile/@someone:matrix.example').catch((error) => error);
    expect([403, 404, 502]).toContain(refused.status);
    const metrics = await (await fetch(`${world.description.gateway.adminUrl}/metrics`)).text();
    expect(metrics).not.toContain('matrix.example');
  });

  it('takes a wrong password five times, then makes the guesser wait', async () => {
    const guess = () =>
      fetch(`${agent.clientUrl}/_matrix/client/v3/login`, {
        method: 'POST',
        body: JSON.stringify({
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: agent.localpart },
          password: 'wrong',
        }),
      }).then((response) => response.status);
    const answers: number[] = [];
    for (let i = 0; i < 8; i++) answers.push(await guess());
    expect(answers.slice(0, 5)).toEqual([403, 403, 403, 403, 403]);
    expect(answers).toContain(429);
  });

  it('takes two hundred writes of objects in a row from one person', async () => {
    const writer = await world.register('culture', 'writer');
    const { room_id } = await call<{ room_id: string }>(writer, 'POST', 'v3/createRoom', { preset: 'private_chat' });
    const write = (i: number) =>
      call(writer, 'PUT', `v3/rooms/${encodeURIComponent(room_id)}/state/m.room.encrypted/o${i % 10}`, {
        ciphertext: `${i}`,
      });
    for (let i = 0; i < 200; i++) await write(i);
  });
});

describe('the web front', () => {
  it('serves each homeserver’s client API and media, and no admin API', async () => {
    const { frontUrl, organisations } = world.description;
    expect(frontUrl).not.toBeNull();
    for (const { id, serverName } of organisations) {
      const account = await world.register(id, 'front');
      const base = `${frontUrl}/hs/${id}`;
      expect((await fetch(`${base}/_synapse/admin/v1/register`)).status).toBe(404);
      expect((await fetch(`${base}/_matrix/federation/v1/version`)).status).toBe(404);
      const headers = { authorization: `Bearer ${account.accessToken}`, 'content-type': 'application/octet-stream' };
      const bytes = Buffer.alloc(2_000_000, id);
      const upload = await fetch(`${base}/_matrix/media/v3/upload`, { method: 'POST', headers, body: bytes });
      const { content_uri } = (await upload.json()) as { content_uri: string };
      expect(content_uri).toContain(serverName);
      const path = `/_matrix/client/v1/media/download/${content_uri.slice('mxc://'.length)}`;
      const download = await fetch(base + path, { headers });
      expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
    }
  });

  it('gives the client its configuration, all of one origin', async () => {
    const config = (await (await fetch(`${world.description.frontUrl}/config.json`)).json()) as {
      organisations: { id: string; homeserver: string; outsiders: boolean }[];
    };
    expect(config.organisations.map((one) => [one.id, one.outsiders])).toEqual([
      ['interieur', false],
      ['culture', false],
      ['externes', true],
    ]);
    for (const { homeserver } of config.organisations) {
      expect(homeserver.startsWith(`${world.description.frontUrl}/hs/`)).toBe(true);
      expect((await fetch(`${homeserver}/_matrix/client/versions`)).status).toBe(200);
    }
  });
});

async function newRoom(): Promise<string> {
  const made = await call<{ room_id: string }>(agent, 'POST', 'v3/createRoom', { preset: 'private_chat' });
  return encodeURIComponent(made.room_id);
}
