import { describe, expect, it } from 'vitest';
import { locationContent } from './content.ts';
import { BOB, clear, id, view } from './testing.ts';

const point = { latitude: 48.8566, longitude: 2.3522, accuracy: null };
const body = (content: object) => view([clear('a', BOB, 'm.room.message', { ...content })])[0]?.body;

describe('a place in the conversation', () => {
  it('[TIME-32] is read as it is written, by us and by Element', () => {
    const written = locationContent(point, 'Mairie', { root: id('r'), latest: id('r') });
    expect(written).toMatchObject({ geo_uri: 'geo:48.8566,2.3522', body: 'Mairie geo:48.8566,2.3522' });
    expect(body(locationContent(point, 'Mairie', null))).toEqual({ kind: 'location', ...point, label: 'Mairie' });
    const other = { msgtype: 'm.location', body: 'Big Ben', geo_uri: 'geo:51.5008,0.1247;u=35' };
    expect(body(other)).toMatchObject({ latitude: 51.5008, accuracy: 35, label: 'Big Ben' });
  });

  it('[TIME-32] [T3] shows as its words where the place cannot be read', () => {
    const broken = { msgtype: 'm.location', body: 'Là-bas', geo_uri: 'geo:999,0' };
    expect(body(broken)).toMatchObject({ kind: 'text', text: 'Là-bas' });
    expect(body({ ...broken, geo_uri: 'geo:1,2', body: 7, 'm.location': [] })).toMatchObject({ label: '' });
  });
});
