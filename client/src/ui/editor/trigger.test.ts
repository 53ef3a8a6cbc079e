import { getSchema } from '@tiptap/core';
import Code from '@tiptap/extension-code';
import CodeBlock from '@tiptap/extension-code-block';
import Document from '@tiptap/extension-document';
import Paragraph from '@tiptap/extension-paragraph';
import Text from '@tiptap/extension-text';
import { EditorState, TextSelection } from '@tiptap/pm/state';
import { expect, test } from 'vitest';
import { triggerAt } from './trigger.ts';

const schema = getSchema([Document, Paragraph, Text, Code, CodeBlock]);

function at(...lines: string[]) {
  const content = lines.map((line) => ({
    type: 'paragraph',
    content: line === '' ? [] : [{ type: 'text', text: line }],
  }));
  const doc = schema.nodeFromJSON({ type: 'doc', content });
  const state = EditorState.create({ doc, selection: TextSelection.atEnd(doc) });
  const found = triggerAt(state);
  return found === null ? null : `${found.sign}${found.query}`;
}

test('a name, an emoji or a command begins where a word does', () => {
  expect(at('Bonjour @an')).toBe('@an');
  expect(at('@anne mar')).toBe('@anne mar');
  expect(at('(@')).toBe('@');
  expect(at('bob@culture')).toBeNull();
  expect(at('@ le')).toBeNull();
  expect(at('oui :sour')).toBe(':sour');
  expect(at('oui :s')).toBeNull();
  expect(at('à 10:30')).toBeNull();
  expect(at('Ainsi : oui')).toBeNull();
  expect(at('/in')).toBe('/in');
  expect(at('un', '/in')).toBeNull();
  expect(at('et /in')).toBeNull();
});

test('only the end of a long line is looked at', () => {
  expect(at(`${'mot '.repeat(15_000)}@an`)).toBe('@an');
  expect(at(`@${'a'.repeat(100)}`)).toBeNull();
  expect(at(`${'a'.repeat(100)} /in`)).toBeNull();
});
