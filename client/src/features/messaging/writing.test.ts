import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import { describe, expect, test } from 'vitest';
import { docOfText, docSince, type RichDoc, type RichMark, type RichNode } from '../../ui/editor/richDoc.ts';
import { createSanitiser } from './sanitise.ts';
import { wholeRoom, writingOf } from './writing.ts';

const text = (words: string, ...marks: RichMark['type'][]): RichNode => ({
  type: 'text',
  text: words,
  ...(marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) }),
});
const line = (...content: RichNode[]): RichNode => ({ type: 'paragraph', content });
const item = (...content: RichNode[]): RichNode => ({ type: 'listItem', content });
const doc = (...content: RichNode[]): RichDoc => ({ type: 'doc', content });
const link = (words: string, href: string): RichNode => ({
  type: 'text',
  text: words,
  marks: [{ type: 'link', attrs: { href } }],
});
const mention = (id: string, label: string): RichNode => ({ type: 'mention', attrs: { id, label } });

describe('what is sent of a rich text', () => {
  test('[MSG-40] plain lines are plain text, without the empty ones around', () => {
    const { text, html } = writingOf(docOfText('\n Bonjour\n\nà tous\n'));
    expect([text, html]).toEqual(['Bonjour\n\nà tous', null]);
  });

  test('[MSG-40] each form has its HTML, and a plain text that one can read', () => {
    const { text: plain, html } = writingOf(
      doc(
        line(text('Réunion '), text('urgente', 'bold', 'italic'), text(' à '), text('14 h', 'strike')),
        line(text('salle '), text('<B>', 'code')),
        {
          type: 'bulletList',
          content: [
            item(line(text('un')), { type: 'orderedList', attrs: { start: 3 }, content: [item(line(text('trois')))] }),
            item(line(text('deux'))),
          ],
        },
        { type: 'blockquote', content: [line(text('cité')), line(text('encore'))] },
        { type: 'codeBlock', attrs: { language: 'sql' }, content: [text('select 1;\nselect "2" & 3;')] },
        line(
          link('le plan', 'https://besace.test/?a=1&b="2"'),
          { type: 'hardBreak' },
          link('https://besace.test', 'https://besace.test'),
        ),
      ),
    );
    expect(plain).toBe(
      'Réunion urgente à 14 h\nsalle <B>\n- un\n  3. trois\n- deux\n> cité\n> encore\nselect 1;\nselect "2" & 3;\nle plan (https://besace.test/?a=1&b="2")\nhttps://besace.test',
    );
    expect(html).toBe(
      '<p>Réunion <strong><em>urgente</em></strong> à <del>14 h</del><br>salle <code>&lt;B&gt;</code></p>' +
        '<ul><li><p>un</p><ol start="3"><li>trois</li></ol></li><li>deux</li></ul>' +
        '<blockquote>cité<br>encore</blockquote>' +
        '<pre><code class="language-sql">select 1;\nselect &quot;2&quot; &amp; 3;</code></pre>' +
        '<p><a href="https://besace.test/?a=1&amp;b=&quot;2&quot;">le plan</a><br><a href="https://besace.test">https://besace.test</a></p>',
    );
  });

  test('[MSG-41] a mention is a link to the person, and calls her; the room is called by its word', () => {
    const {
      text: plain,
      html,
      mentions,
    } = writingOf(
      doc(
        line(
          mention('@bob:culture.test', 'Bob <i>'),
          text(' et '),
          mention(wholeRoom, 'salon'),
          mention('@bob:culture.test', 'Bob'),
        ),
      ),
    );
    expect(mentions).toEqual({ users: ['@bob:culture.test'], room: true });
    expect(plain).toBe('@Bob <i> et @room@Bob');
    expect(html).toContain('<a href="https://matrix.to/#/%40bob%3Aculture.test">@Bob &lt;i&gt;</a> et @room');
    expect(writingOf(doc(line(mention(wholeRoom, 'salon')))).html).toBeNull();
    expect(writingOf(doc(line(mention('nobody', 'x')))).mentions).toEqual({ users: [], room: false });
  });

  test('[T3] no text, address or language gets out of its place', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom('"><img src=x onerror=1>', "' onclick='1", '</code><script>', 'javascript:1'),
    );
    const { window } = new JSDOM('');
    const sanitiser = createSanitiser(window);
    const parser = new window.DOMParser();
    fc.assert(
      fc.property(hostile, hostile, (words, other) => {
        const { html } = writingOf(
          doc(line(text(`${words}.`, 'bold'), link(`${words}.`, other), mention(other, words)), {
            type: 'codeBlock',
            attrs: { language: other },
            content: [text(`${words}.`)],
          }),
        );
        const body = parser.parseFromString(html ?? '', 'text/html').body;
        expect([...body.querySelectorAll('*')].filter((one) => !/^(P|STRONG|A|PRE|CODE)$/.test(one.tagName))).toEqual(
          [],
        );
        expect(
          [...body.querySelectorAll('a')].every((one) =>
            /^(https?:\/\/|mailto:)/i.test(one.getAttribute('href') ?? ''),
          ),
        ).toBe(true);
        expect(sanitiser.clean(html ?? '').textContent).toContain(body.querySelector('strong')?.textContent ?? '');
      }),
      { numRuns: 200 },
    );
  });

  test('[MSG-9] what was typed since is what the text has more', () => {
    const since = (a: string, b: string) => writingOf(docSince(docOfText(a), docOfText(b))).text;
    expect(since('Un', 'Un deux')).toBe('deux');
    expect(since('Un', 'Un\ndeux')).toBe('deux');
    expect(since('Un\nbis', 'Un\nbis ter\nquater')).toBe('ter\nquater');
    expect(since('Un', 'Un')).toBe('');
    expect(since('Un', 'Autre')).toBe('Autre');
    expect(since('Un', '')).toBe('');
  });

  test('60 KB of text take no time worth a word', () => {
    const long = docOfText('mot '.repeat(15_000));
    expect(writingOf(long).text).toHaveLength(59_999);
    expect(writingOf(docOfText('a\n'.repeat(30_000))).text).toHaveLength(59_999);
  });
});
