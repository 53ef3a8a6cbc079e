import type { GenericSchema } from 'valibot';
import { isRecord } from './json.ts';

/**
 * A schema in one line of text, made from the schema itself: its type, what it is made of, and each check with its bound. Two schemas that
 * accept different wire values must not read the same, so a check by a function is described by its message.
 */
export function describeSchema(schema: GenericSchema<unknown>): string {
  return describe(schema);
}

function describe(part: unknown): string {
  if (!isRecord(part)) return '?';
  const pipe = Array.isArray(part.pipe) ? part.pipe.slice(1).map(describeCheck).join('|') : '';
  return `${String(part.type)}${describeInner(part)}${pipe === '' ? '' : `[${pipe}]`}`;
}

function describeInner(part: Readonly<Record<string, unknown>>): string {
  if ('wrapped' in part) return `<${describe(part.wrapped)}>`;
  if ('item' in part) return `<${describe(part.item)}>`;
  if (Array.isArray(part.options)) {
    return `(${part.options.map((option) => (isRecord(option) ? describe(option) : JSON.stringify(option))).join(',')})`;
  }
  if (isRecord(part.entries)) {
    const entries = part.entries;
    return `{${Object.keys(entries)
      .sort()
      .map((key) => `${key}:${describe(entries[key])}`)
      .join(',')}}`;
  }
  return 'literal' in part ? `=${JSON.stringify(part.literal)}` : '';
}

function describeCheck(check: unknown): string {
  if (!isRecord(check)) return '?';
  const bound = typeof check.requirement === 'function' ? check.message : check.requirement;
  return `${String(check.type)}:${String(bound)}`;
}
