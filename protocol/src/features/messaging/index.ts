export {
  ACK_KEY,
  type AckAsk,
  acknowledgedBy,
  askContent,
  askIn,
  isAckKey,
  MAX_ACK_NOTE,
  type Words,
  withNote,
  withoutNote,
} from './ack.ts';
export { type GeoPoint, geoUri, parseGeoUri } from './geo.ts';
