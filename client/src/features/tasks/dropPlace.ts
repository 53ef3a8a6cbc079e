/** Rows of a virtual list, px from the top of its content, in order. */
type Row = { readonly index: number; readonly start: number; readonly size: number };

/** Before which row something dropped at `y` goes: the first whose middle is below; after all of them where there is none. */
export function rowAt(rows: readonly Row[], y: number, count: number): number {
  return rows.find((row) => y < row.start + row.size / 2)?.index ?? count;
}

/** The index among the others of what stands at `own` (-1: elsewhere), for a place before row `row`. */
export function withoutOwn(row: number, own: number): number {
  return own >= 0 && own < row ? row - 1 : row;
}

/** The row before which the line is drawn, for an index among the others. */
export function withOwn(index: number, own: number): number {
  return own >= 0 && own < index ? index + 1 : index;
}
