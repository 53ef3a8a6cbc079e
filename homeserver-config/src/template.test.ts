// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates use the same marks as JavaScript
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { fillTemplate } from './template.ts';
import { testFolder } from './testing/folder.ts';

function template(text: string): string {
  const file = join(testFolder(), 'template.yaml');
  writeFileSync(file, text);
  return file;
}

it('keeps the type of a value that stands alone, and puts others into the text', () => {
  const file = template('port: ${port}\nlist: ${list}\non: ${on}\npath: ${home}/x\nnested:\n  - a: ${port}\n');
  const filled = parse(fillTemplate(file, { port: 8008, list: ['a', 'b'], on: true, home: '/srv' }));
  expect(filled).toEqual({ port: 8008, list: ['a', 'b'], on: true, path: '/srv/x', nested: [{ a: 8008 }] });
});

it('never lets a value change the structure', () => {
  const evil = 'x\nregistration_shared_secret: known # "';
  expect(parse(fillTemplate(template('a: ${a}\nb: ${a}/b\n'), { a: evil }))).toEqual({ a: evil, b: `${evil}/b` });
});

it('keeps the comments, which are what an operator reads', () => {
  expect(fillTemplate(template('# why\na: ${a}\n'), { a: 1 })).toMatch(/# why\na: 1\n$/);
});

it('refuses an unknown value and one that is never asked for', () => {
  expect(() => fillTemplate(template('a: ${a}\n'), {})).toThrow('unknown value: a');
  expect(() => fillTemplate(template('a: ${toString}\n'), {})).toThrow('unknown value: toString');
  expect(() => fillTemplate(template('a: 1\n'), { a: 1 })).toThrow('never asks for a');
});
