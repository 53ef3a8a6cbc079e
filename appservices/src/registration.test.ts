import { AppServiceRegistration } from 'matrix-appservice-bridge';
import { describe, expect, it } from 'vitest';
import { registrationFor } from './registration.ts';

const organisation = {
  id: 'interieur',
  serverName: 'interieur.test',
  asToken: 'a'.repeat(43),
  hsToken: 'h'.repeat(43),
};

describe('a registration', () => {
  it('is read by the bridge library and written by it again as it is', () => {
    const registration = registrationFor(organisation, 'http://127.0.0.1:8090/');
    expect(registration.url).toBe('http://127.0.0.1:8090/as/interieur');
    const { users } = registration.namespaces;
    const mutable = { ...registration, namespaces: { users: users.map((one) => ({ ...one })) } };
    expect(AppServiceRegistration.fromObject(mutable).getOutput()).toEqual(registration);
  });

  it('reserves the services’ own names of this server and no other', () => {
    const regex = registrationFor(organisation, 'http://x.invalid').namespaces.users[0]?.regex ?? '';
    const mine = (userId: string) => new RegExp(regex).test(userId);
    expect([mine('@_besace:interieur.test'), mine('@_besace-forms:interieur.test')]).toEqual([true, true]);
    const others = [
      '@_besace:interieurxtest',
      '@_besace:interieur.test.evil',
      '@x_besace:interieur.test',
      '@_besace:culture.test',
    ];
    expect(others.filter(mine)).toEqual([]);
  });
});
