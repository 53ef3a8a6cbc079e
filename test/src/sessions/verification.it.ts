import { beforeAll, describe, expect, it } from 'vitest';
import { type Device, must, newDevice, newKnownPerson, refusal, room, signIn, until } from './device.ts';

type Known = Awaited<ReturnType<typeof newKnownPerson>>;

describe('verification by emoji', () => {
  let person: Known;
  beforeAll(async () => {
    person = await newKnownPerson('interieur', 'ada');
  });

  async function secondDevice(): Promise<Device> {
    const second = await newDevice();
    await must(signIn(second, person.account));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    return second;
  }

  async function compare(asking: Device, asked: Device): Promise<void> {
    await must(asking.api.requestVerification());
    await until('asked', () => asked.verification.kind === 'requested' && !asked.verification.byMe);
    await must(asked.api.acceptVerification());
    await until('compare', () => asking.verification.kind === 'compare' && asked.verification.kind === 'compare');
    expect(emoji(asking)).toHaveLength(7);
    expect(emoji(asking)).toEqual(emoji(asked));
  }

  it('[VERIFY-1] signs the new device that asks, which then reads what was before', async () => {
    const roomId = await must(person.device.api.createConversation({ name: 'Avant', invite: [], direct: false }));
    const second = await secondDevice();
    await compare(second, person.device);
    await must(second.api.confirmEmoji(true));
    await must(person.device.api.confirmEmoji(true));
    await until('done', () => second.verification.kind === 'done' && person.device.verification.kind === 'done');
    await until('ready', () => second.status.identity.kind === 'ready');
    await until('named', () => room(second, roomId)?.name === 'Avant', 40_000);
    await must(second.api.signOut({ force: true }));
  });

  it('[VERIFY-1] signs the new device that is asked', async () => {
    const second = await secondDevice();
    await compare(person.device, second);
    await must(person.device.api.confirmEmoji(true));
    await must(second.api.confirmEmoji(true));
    await until('ready', () => second.status.identity.kind === 'ready');
    await must(second.api.signOut({ force: true }));
  });

  it('[VERIFY-2] signs nothing when the emoji differ, and says who ended it', async () => {
    const second = await secondDevice();
    await compare(second, person.device);
    await must(person.device.api.confirmEmoji(false));
    await until(
      'ended',
      () => second.verification.kind === 'cancelled' && person.device.verification.kind === 'cancelled',
    );
    expect(person.device.verification).toMatchObject({ byMe: true });
    expect(second.verification).toMatchObject({ byMe: false, reason: 'm.mismatched_sas' });
    expect(second.status.identity.kind).toBe('unverified');
    await must(second.api.signOut({ force: true }));
  });

  it('[VERIFY-2] can be cancelled, and asked again', async () => {
    const second = await secondDevice();
    await must(second.api.requestVerification());
    await until('asked', () => person.device.verification.kind === 'requested');
    expect(await refusal(second.api.requestVerification())).toBe('invalid');
    await must(second.api.cancelVerification());
    await until('ended', () => person.device.verification.kind === 'cancelled');
    await compare(second, person.device);
    await must(second.api.cancelVerification());
    await must(second.api.signOut({ force: true }));
  });
});

function emoji(device: Device): readonly string[] {
  return device.verification.kind === 'compare' ? device.verification.emoji.map(({ symbol }) => symbol) : [];
}
