/** A place on earth, WGS 84, degrees. */
export type GeoPoint = {
  readonly latitude: number;
  readonly longitude: number /** Metres around it; null for unknown. */;
  readonly accuracy: number | null;
};

const NUMBER = '-?\\d{1,12}(?:\\.\\d{1,20})?';
/** RFC 5870, 3.3: coordinates, then `crs` (first where it is), `u`, and what nobody knows yet. */
const PATTERN = new RegExp(
  `^geo:(${NUMBER}),(${NUMBER})(?:,${NUMBER})?((?:;[\\w-]{1,40}(?:=[^;]{0,100})?){0,10})$`,
  'iu',
);

/** Reads a `geo:` URI (RFC 5870); null for what is none, for places that are not on earth, and for another reference system than WGS 84. */
export function parseGeoUri(input: unknown): GeoPoint | null {
  const found = typeof input === 'string' && input.length <= 500 ? PATTERN.exec(input) : null;
  if (found === null) return null;
  const [, latitude = '', longitude = '', parameters = ''] = found;
  const point = { latitude: Number(latitude), longitude: Number(longitude) };
  if (Math.abs(point.latitude) > 90 || Math.abs(point.longitude) > 180) return null;
  let accuracy: number | null = null;
  for (const parameter of parameters.split(';').slice(1)) {
    const [name = '', value = ''] = parameter.toLowerCase().split('=');
    if (name === 'crs' && value !== 'wgs84') return null;
    if (name === 'u' && /^\d{1,9}(?:\.\d{1,9})?$/.test(value)) accuracy = Number(value);
  }
  return { ...point, accuracy };
}

/** The URI of a place, to six decimals: a tenth of a metre. */
export function geoUri({ latitude, longitude, accuracy }: GeoPoint): string {
  const degrees = (value: number) => String(Number(value.toFixed(6)));
  const around = accuracy === null ? '' : `;u=${Math.round(accuracy)}`;
  return `geo:${degrees(latitude)},${degrees(longitude)}${around}`;
}
