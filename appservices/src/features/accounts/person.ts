import { err, ok, type Result } from '@besace/protocol/core/result';
import { ZxcvbnFactory, type ZxcvbnResult } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as french from '@zxcvbn-ts/language-fr';
import { type Address, localPartOf } from '../../runtime/address.ts';

export type PasswordWeakness = 'too-short' | 'too-long' | 'personal' | 'guessable';

const MIN_PASSWORD = 12;
/** Synapse takes 512; more than a passphrase of 40 words is a mistake or an attack on the estimator. */
const MAX_PASSWORD = 256;
/** Of 0 to 4: safely unguessable means 10^8 tries or more. */
const MIN_SCORE = 3;
const MAX_NAME = 80;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...french.dictionary },
  graphs: common.adjacencyGraphs,
});

/** Why a password is refused, or undefined (ACC-10). The words of the address and the name count as known to all. */
export function passwordWeakness(password: string, address: Address, name: string): PasswordWeakness | undefined {
  const length = [...password].length;
  if (length < MIN_PASSWORD) return 'too-short';
  if (length > MAX_PASSWORD || password.includes('\0')) return 'too-long';
  const known = [address, ...address.split(/[^a-z0-9]+/), ...name.toLowerCase().split(/\s+/)].filter(
    (w) => w.length > 3,
  );
  const lower = password.toLowerCase();
  const left = known.sort((a, b) => b.length - a.length).reduce((rest, word) => rest.replaceAll(word, ''), lower);
  if ([...left].length < MIN_PASSWORD / 2) return 'personal';
  // The estimator's time grows with length; what is past 64 characters can only make it stronger.
  const estimate: ZxcvbnResult = estimator.check(password.slice(0, 64), known);
  return estimate.score < MIN_SCORE ? 'guessable' : undefined;
}

/** A name as it is shown to others, or `bad-name` (ACC-11). */
export function parseName(input: string): Result<string, { readonly code: 'bad-name' }> {
  const name = input.normalize('NFC').replace(/ +/g, ' ').trim();
  // Control, format (zero width, bidirectional marks), private use, lone surrogates, line and paragraph separators.
  const strange = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(name);
  const fits = !strange && /\p{L}/u.test(name) && [...name].length <= MAX_NAME;
  return fits ? ok(name) : err({ code: 'bad-name' });
}

/** `jean-pierre.martin@…` suggests "Jean-Pierre Martin"; the person decides. */
export function suggestedName(address: Address): string {
  return localPartOf(address)
    .replace(/\+.*$/, '')
    .split(/[._]+/)
    .map((word) =>
      word.replace(/(^|[-'])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase()),
    )
    .filter((word) => word !== '')
    .join(' ');
}
