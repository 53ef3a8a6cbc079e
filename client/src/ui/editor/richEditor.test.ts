// @vitest-environment jsdom
import { afterEach, describe, expect, test } from 'vitest';
import { docOfText, parseRichDoc, type RichDoc } from './richDoc.ts';
import { createRichEditor, docOfHtml } from './richEditor.ts';
import type { RichEditor, RichEditorOptions, Trigger } from './richEditorTypes.ts';

const people = new Map([['@bob:culture.test', 'Bob']]);
const nameOf = (id: string) => people.get(id) ?? null;
const opened: RichEditor[] = [];
afterEach(() => {
  for (const editor of opened.splice(0)) editor.end();
});

function open(doc: RichDoc = docOfText(''), over: Partial<RichEditorOptions> = {}) {
  const seen: { doc: RichDoc; trigger: Trigger | null } = { doc, trigger: null };
  const element = document.body.appendChild(document.createElement('div'));
  const editor = createRichEditor({
    element,
    doc,
    attributes: { role: 'textbox' },
    nameOf,
    sanitise: (html) => html,
    onChange: (next) => {
      seen.doc = next;
    },
    onKey: () => false,
    onTrigger: (trigger) => {
      seen.trigger = trigger;
    },
    onFormats: () => undefined,
    onFiles: () => undefined,
    ...over,
  });
  opened.push(editor);
  return { editor, seen };
}

describe('the rich text editor', () => {
  test('shows a text, toggles its forms, and puts mentions in', () => {
    const { editor, seen } = open(docOfText('Bonjour '));
    editor.focusEnd();
    editor.put({ from: 9, to: 9 }, { id: '@bob:culture.test', label: 'Bob' });
    expect(seen.doc.content[0]?.content?.[1]).toEqual({
      type: 'mention',
      attrs: { id: '@bob:culture.test', label: 'Bob' },
    });
    editor.toggle('bulletList');
    expect(seen.doc.content[0]?.type).toBe('bulletList');
    expect(parseRichDoc(JSON.parse(JSON.stringify(seen.doc)))).toEqual(seen.doc);
    expect(editor.element.getAttribute('role')).toBe('textbox');
  });

  test('a link leads to the web or to a mail address only', () => {
    const { editor, seen } = open();
    editor.link('javascript:alert(1)');
    expect(JSON.stringify(seen.doc)).not.toContain('javascript');
    editor.link('https://besace.test');
    expect(JSON.stringify(seen.doc)).toContain('"href":"https://besace.test"');
  });

  test('[T3] what is pasted keeps its form and nothing that runs, calls or deceives', () => {
    const html =
      '<h1 style="position:fixed">Titre</h1><p onclick="x()">gras <b>oui</b><script>x()</script><img src=x onerror=x()></p>' +
      '<a href="javascript:x()">ici</a><iframe src="https://evil.test"></iframe><form><input name=a></form>' +
      '<span data-mention="@eve:externes.test">Bob</span><span data-mention="@bob:culture.test">La ministre</span>' +
      '<a href="https://besace.test" onmouseover="x()">lien</a><style>*{display:none}</style>';
    const doc = docOfHtml(html, nameOf);
    const flat = JSON.stringify(doc);
    for (const bad of ['javascript', 'onclick', 'onerror', 'evil', 'style', 'eve:externes', 'La ministre']) {
      expect(flat).not.toContain(bad);
    }
    expect(flat).toContain('"label":"Bob"');
    expect(flat).toContain('"href":"https://besace.test"');
    expect(flat).toContain('{"type":"bold"}');
    expect(parseRichDoc(JSON.parse(flat))).not.toBeNull();
  });

  test('[T7] a kept text that the editor cannot hold still shows its words', () => {
    const wrong = { type: 'doc', content: [{ type: 'listItem', content: [{ type: 'text', text: 'mots' }] }] } as const;
    const { editor } = open(wrong);
    expect(editor.element.textContent).toBe('mots');
    editor.setDoc({ type: 'doc', content: [{ type: 'text', text: 'seul' }] });
    expect(editor.element.textContent).toBe('seul');
  });

  test('60 KB of pasted HTML nested deep still are a text', () => {
    const deep = `${'<blockquote>'.repeat(90)}fond${'</blockquote>'.repeat(90)}${'<p>ligne</p>'.repeat(3_000)}`;
    const doc = docOfHtml(deep, nameOf);
    expect(doc.content).toHaveLength(3_001);
  });
});
