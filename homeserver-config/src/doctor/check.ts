/** What one check found. A `bad` one says what is wrong and how to mend it; `unknown` could not be looked at. */
export type Finding =
  | { readonly state: 'good'; readonly what: string }
  | { readonly state: 'bad'; readonly what: string; readonly remedy: string }
  | { readonly state: 'unknown'; readonly what: string; readonly remedy: string };

export type Check = { readonly name: string; readonly run: () => Promise<readonly Finding[]> };

export function good(what: string): Finding {
  return { state: 'good', what };
}

export function bad(what: string, remedy: string): Finding {
  return { state: 'bad', what, remedy };
}

export function unknown(what: string, remedy: string): Finding {
  return { state: 'unknown', what, remedy };
}
