import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { geoUri, parseGeoUri } from './geo.ts';

describe('places', () => {
  it('[GEO-1] are read as RFC 5870 writes them', () => {
    expect(parseGeoUri('geo:48.8566,2.3522')).toEqual({ latitude: 48.8566, longitude: 2.3522, accuracy: null });
    expect(parseGeoUri('geo:-21.1,55.5,12;u=35')).toEqual({ latitude: -21.1, longitude: 55.5, accuracy: 35 });
    expect(parseGeoUri('GEO:1,2;crs=WGS84;u=5;unknown=x')).toMatchObject({ accuracy: 5 });
  });

  it.each([
    'geo:91,0',
    'geo:0,181',
    'geo:1',
    'geo:1,2;crs=moon',
    'http://x',
    'geo:1,2"onload=x',
    'geo:1e3,2',
    '',
    null,
    {},
  ])('[GEO-1] [T3] are not made of %s', (input) => expect(parseGeoUri(input)).toBeNull());

  it('[GEO-1] come back as they were written', () => {
    const degrees = (most: number) => fc.integer({ min: -most * 1e6, max: most * 1e6 }).map((value) => value / 1e6);
    const point = fc.record({
      latitude: degrees(90),
      longitude: degrees(180),
      accuracy: fc.option(fc.nat(10_000), { nil: null }),
    });
    fc.assert(
      fc.property(point, (there) => {
        const read = parseGeoUri(geoUri(there));
        expect(read?.latitude).toBeCloseTo(there.latitude, 6);
        expect(read?.longitude).toBeCloseTo(there.longitude, 6);
        expect(read?.accuracy).toBe(there.accuracy);
      }),
      { numRuns: runs() },
    );
  });

  it('[GEO-1] [T3] [T7] never throw, and are quick, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), (input) => void parseGeoUri(`geo:${input}`)),
      { numRuns: runs() },
    );
    parseGeoUri(`geo:1,2${';a'.repeat(200)}!`);
  });
});
