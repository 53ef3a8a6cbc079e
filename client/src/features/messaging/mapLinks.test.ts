import { describe, expect, test } from 'vitest';
import { degreesOf, maps, placeIn } from './mapLinks.ts';

describe('places', () => {
  test.each([
    ['48.8566, 2.3522'],
    ['48,8566 ; 2,3522'],
    ['48.8566° 2.3522°'],
    ['geo:48.8566,2.3522;u=12'],
    ['https://www.openstreetmap.org/?mlat=1&mlon=2#map=17/48.8566/2.3522'],
  ])('[MSG-73] are taken as people have them: %s', (text) => {
    expect(placeIn(text)).toEqual({ latitude: 48.8566, longitude: 2.3522 });
  });

  test.each([[''], ['Paris'], ['120, 5'], ['1'], ['1, 2, 3'], ['javascript:1,2']])(
    '[MSG-73] are not made of %s',
    (text) => {
      expect(placeIn(text)).toBeNull();
    },
  );

  test('[MSG-73] open in a map that one chooses', () => {
    const place = { latitude: -21.1, longitude: 55.5 };
    expect(maps.map(({ link }) => new URL(link(place)).protocol)).toEqual(['https:', 'https:']);
    expect(degreesOf(place)).toBe('-21.10000, 55.50000');
  });
});
