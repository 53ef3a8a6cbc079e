import type { RoomKind } from '@besace/matrix/api/types';
import type { Feature, RoomView } from '../feature.ts';

/** The views that a room of this kind has, in the order of its tabs. */
export function viewsFor(features: readonly Feature[], kind: RoomKind): readonly RoomView[] {
  return features
    .flatMap((feature) => feature.roomViews ?? [])
    .filter((view) => view.kinds.includes(kind))
    .sort((a, b) => a.order(kind) - b.order(kind));
}
