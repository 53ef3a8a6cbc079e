/** What the page asks the worker of the search benchmark. */
export type Asked = { readonly kind: 'build' | 'ask' | 'idle'; readonly messages: number };

export type Told = {
  /** Until everything was built and on disk, or until the index was open: ms. */
  readonly took: number;
  readonly longestTask: number;
  /** Times of questions, ms. */
  readonly queries: readonly number[];
  /** Bytes of the words on disk. */
  readonly words: number;
};
