import { parseGeoUri } from '@besace/protocol/features/messaging';

export type Place = { readonly latitude: number; readonly longitude: number };

/** Public maps that a person may open a place in: nothing is fetched from them before (MSG-73). */
export const maps = [
  {
    id: 'osm',
    link: ({ latitude, longitude }: Place) =>
      `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`,
  },
  {
    id: 'ign',
    link: ({ latitude, longitude }: Place) =>
      `https://cartes.gouv.fr/explorer-les-cartes/?c=${longitude},${latitude}&z=17`,
  },
] as const;

/** A place as people have it at hand: two numbers, a `geo:` address, or the address of OpenStreetMap's page. Null for none. */
export function placeIn(text: string): Place | null {
  const words = text.trim();
  const map = /#map=[\d.]+\/(-?[\d.]+)\/(-?[\d.]+)/.exec(words);
  const pair = /^(-?\d+(?:[.,]\d+)?)\s*[;,\s]\s*(-?\d+(?:[.,]\d+)?)$/.exec(words.replace(/°/g, ''));
  const [, latitude, longitude] = map ?? pair ?? [];
  const uri = latitude && longitude ? `geo:${latitude.replace(',', '.')},${longitude.replace(',', '.')}` : words;
  const point = parseGeoUri(uri);
  return point === null ? null : { latitude: point.latitude, longitude: point.longitude };
}

/** Degrees as they are read, to five decimals: about a metre. */
export function degreesOf({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}
