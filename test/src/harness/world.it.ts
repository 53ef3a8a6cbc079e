import { expect, it } from 'vitest';
import { sharedWorld } from './shared.ts';

const world = sharedWorld();

it('has three homeservers that answer', async () => {
  for (const { clientUrl, id } of world.description.organisations) {
    const response = await fetch(`${clientUrl}/_matrix/client/versions`);
    expect(response.status, id).toBe(200);
  }
});
