// @vitest-environment jsdom
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSanitiser } from './sanitise.ts';

const sanitiser = createSanitiser(window);

describe('HTML from others', () => {
  test('[MSG-12] keeps the formatting of the Matrix subset', () => {
    const html =
      '<p>Un <strong>plan</strong> et <em>deux</em></p><ol start="3"><li>trois</li></ol><pre><code class="language-ts">let a</code></pre>';
    expect(shown(html)).toBe(html);
  });

  test.each([
    ['<script>alert(1)</script>ok', 'ok'],
    ['<b onclick="alert(1)">ok</b>', '<b>ok</b>'],
    ['<b style="position:fixed">ok</b>', '<b>ok</b>'],
    ['<a href="javascript:alert(1)">ok</a>', '<a>ok</a>'],
    ['<a href="data:text/html,x">ok</a>', '<a>ok</a>'],
    ['<form action="https://evil.test"><input name="a"><button>Go</button></form>', 'Go'],
    ['<iframe src="https://evil.test"></iframe>ok', 'ok'],
    ['<svg><script>alert(1)</script></svg>ok', 'ok'],
    ['<mx-reply><blockquote>forged quote</blockquote></mx-reply>ok', 'ok'],
    ['<span class="anything" id="app">ok</span>', '<span>ok</span>'],
    ['<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>', ''],
  ])('[MSG-12] refuses %s', (html, expected) => {
    expect(shown(html)).toBe(expected);
  });

  test('[MSG-12] no picture is ever fetched: its words stay', () => {
    expect(shown('avant <img src="https://evil.test/pixel" alt="un plan"> après')).toBe('avant un plan après');
    expect(shown('<img src="mxc://evil.test/a">')).toBe('');
  });

  test('[MSG-12] links open apart; a mention is a name', () => {
    expect(shown('<a href="https://besace.test/">ici</a>')).toBe(
      '<a href="https://besace.test/" target="_blank" rel="noopener noreferrer nofollow">ici</a>',
    );
  });

  test('[MSG-44] [T3] a mention says whom it names, whatever the sender calls them', () => {
    const pill = (id: string) => `<a class="mention" data-mention="${id}">${id}</a>`;
    const anne = pill('@anne:interieur.test');
    expect(shown('<a href="https://matrix.to/#/@anne:interieur.test">La ministre</a>')).toBe(anne);
    expect(shown('<a href="https://matrix.to/#/%40anne%3Ainterieur.test?via=x"><b>Bob</b></a>')).toBe(anne);
    // Only our own reading makes a pill.
    expect(shown('<a data-mention="@eve:externes.test" class="mention">Anne</a>')).toBe('<a>Anne</a>');
    for (const broken of ['@', '%40%', '@anne', '%40anne:%E0%A4%A']) {
      expect(shown(`<a href="https://matrix.to/#/${broken}">Anne</a>`)).not.toContain('Anne');
    }
  });

  test('[T7] a message nested a thousand times still shows its words', () => {
    const fragment = sanitiser.clean(`${'<blockquote>'.repeat(1000)}fond${'</blockquote>'.repeat(1000)}`);
    expect(fragment.textContent).toContain('fond');
    expect(depth(fragment)).toBeLessThanOrEqual(101);
  });

  test('[T3] [T7] no input throws or leaves something that runs', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '<a href=',
        'javascript:',
        ' onerror=',
        '<img ',
        '<svg>',
        '<style>',
        '<!--',
        '-->',
        '</',
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const fragment = sanitiser.clean(pieces.join(''));
        expect(fragment.querySelector('script, img, style, iframe, svg, form, input')).toBeNull();
        for (const element of fragment.querySelectorAll('*')) {
          expect([...element.attributes].some(({ name }) => name.startsWith('on') || name === 'style')).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function shown(html: string): string {
  const holder = document.createElement('div');
  holder.append(sanitiser.clean(html));
  return holder.innerHTML;
}

function depth(node: ParentNode): number {
  return Math.max(0, ...[...node.children].map((child) => 1 + depth(child)));
}
