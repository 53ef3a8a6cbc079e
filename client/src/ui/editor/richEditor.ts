import { Editor, Extension, type Extensions, getSchema, InputRule, Mark, mergeAttributes, Node } from '@tiptap/core';
import Blockquote from '@tiptap/extension-blockquote';
import Bold from '@tiptap/extension-bold';
import Code from '@tiptap/extension-code';
import CodeBlock from '@tiptap/extension-code-block';
import Document from '@tiptap/extension-document';
import HardBreak from '@tiptap/extension-hard-break';
import Italic from '@tiptap/extension-italic';
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list';
import Paragraph from '@tiptap/extension-paragraph';
import Strike from '@tiptap/extension-strike';
import Text from '@tiptap/extension-text';
import { UndoRedo } from '@tiptap/extensions/undo-redo';
import { DOMParser as ModelParser, type Schema } from '@tiptap/pm/model';
import { docOfText, type RichDoc, textIn } from './richDoc.ts';
import type { Format, RichEditor, RichEditorOptions } from './richEditorTypes.ts';
import { triggerAt } from './trigger.ts';

/*
 * The rich text editor: Tiptap with what a message may hold. Loaded when it is needed, and never with the first page. What it takes in, by
 * paste or from a disk, passes the schema below: what the schema does not know does not exist.
 */

/** Whatever a page says, a link leads to the web or to a mail address. */
const safeAddress = /^(?:https?:\/\/|mailto:)/i;
const markedLink = /\[([^\][]+)\]\((https?:\/\/[^\s()]+)\)$/;
const fence = /^```([\w-]{0,32})$/;

export function createRichEditor(options: RichEditorOptions): RichEditor {
  const editor = new Editor({
    element: options.element,
    injectCSS: false, // a style element is against the content security policy
    extensions: extensionsFor(options.nameOf),
    content: checked(options.doc),
    enableContentCheck: false,
    editorProps: {
      attributes: { ...options.attributes, class: 'rich-text' },
      handleKeyDown: (_, event) => options.onKey(event) || onKey(event),
      handlePaste: (_, event) => takeFiles(event.clipboardData),
      transformPastedHTML: options.sanitise,
    },
    onUpdate: () => options.onChange(docNow()),
    onTransaction: ({ transaction }) => {
      if (transaction.docChanged || transaction.selectionSet || transaction.storedMarksSet) look();
    },
    onFocus: () => look(),
    onBlur: () => options.onTrigger(null),
  });

  let shown = '';

  function docNow(): RichDoc {
    return editor.getJSON() as unknown as RichDoc;
  }

  function look(): void {
    options.onTrigger(editor.isFocused ? triggerAt(editor.state) : null);
    const active = formats.filter((format) => editor.isActive(nameOf[format]));
    if (active.join() === shown) return;
    shown = active.join();
    options.onFormats(active);
  }

  function onKey(event: KeyboardEvent): boolean {
    if (event.key !== 'Enter' || event.isComposing) return false;
    if (openFence()) return true;
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    if (!event.shiftKey) return false;
    return newLine();
  }

  /** Three ticks and Enter open a code block, with the language that was said. */
  function openFence(): boolean {
    const { $from, empty } = editor.state.selection;
    const language = empty && $from.parent.type.name === 'paragraph' ? fence.exec($from.parent.textContent) : null;
    if (language === null) return false;
    return editor
      .chain()
      .command(({ tr }) => {
        tr.delete($from.start(), $from.end());
        return true;
      })
      .setCodeBlock({ language: language[1] || 'plain' })
      .run();
  }

  function newLine(): boolean {
    return editor.commands.first(({ commands }) => [
      () => commands.newlineInCode(),
      () => commands.splitListItem('listItem'),
      () => commands.createParagraphNear(),
      () => commands.liftEmptyBlock(),
      () => commands.splitBlock(),
    ]);
  }

  function takeFiles(data: DataTransfer | null): boolean {
    const files = [...(data?.files ?? [])];
    // Office programs offer a picture of the text beside the text: what a person copied there is the text.
    if (files.length === 0 || data?.types.includes('text/html')) return false;
    options.onFiles(files);
    return true;
  }

  function checked(doc: RichDoc): object {
    try {
      editorSchemaCheck(doc);
      return doc;
    } catch {
      // Kept by another version, or damaged: its words are what counts.
      return docOfText(doc.content.map(textIn).join('\n'));
    }
  }

  function editorSchemaCheck(doc: RichDoc): void {
    schemaForChecks().nodeFromJSON(doc).check();
  }

  const toggles: Record<Format, () => boolean> = {
    bold: () => editor.chain().focus().toggleBold().run(),
    italic: () => editor.chain().focus().toggleItalic().run(),
    strike: () => editor.chain().focus().toggleStrike().run(),
    code: () => editor.chain().focus().toggleCode().run(),
    codeBlock: () => editor.chain().focus().toggleCodeBlock().run(),
    quote: () => editor.chain().focus().toggleBlockquote().run(),
    bulletList: () => editor.chain().focus().toggleBulletList().run(),
    orderedList: () => editor.chain().focus().toggleOrderedList().run(),
    link: () => false,
  };

  return {
    element: editor.view.dom,
    setDoc(doc) {
      editor.commands.setContent(checked(doc), { emitUpdate: false });
      editor.commands.setTextSelection(editor.state.doc.content.size);
      look();
    },
    focus: () => void editor.commands.focus(),
    focusEnd: () => void editor.commands.focus('end'),
    toggle: (format) => void toggles[format](),
    link(href) {
      if (href === null) return void editor.chain().focus().extendMarkRange('link').unsetMark('link').run();
      if (!safeAddress.test(href)) return;
      if (editor.state.selection.empty && !editor.isActive('link')) {
        const words = [{ type: 'text', text: href, marks: [{ type: 'link', attrs: { href } }] }];
        editor.chain().focus().insertContent(words).unsetMark('link').run();
      } else {
        editor.chain().focus().extendMarkRange('link').setMark('link', { href }).run();
      }
    },
    linkHere: () => (editor.isActive('link') ? String(editor.getAttributes('link').href ?? '') : null),
    put(range, what) {
      const content =
        'text' in what
          ? what.text
          : [
              { type: 'mention', attrs: what },
              { type: 'text', text: ' ' },
            ];
      editor.chain().focus().insertContentAt(range, content).run();
    },
    newLine: () => void newLine(),
    end: () => editor.destroy(),
  };
}

/** The rich text that a cleaned HTML says. `nameOf` gives the name of those whom a mention may name. */
export function docOfHtml(html: string, nameOf: RichEditorOptions['nameOf']): RichDoc {
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  return ModelParser.fromSchema(getSchema(extensionsFor(nameOf)))
    .parse(body, { preserveWhitespace: false })
    .toJSON() as RichDoc;
}

const formats: readonly Format[] = [
  'bold',
  'italic',
  'strike',
  'code',
  'link',
  'bulletList',
  'orderedList',
  'quote',
  'codeBlock',
];
const nameOf: Record<Format, string> = {
  bold: 'bold',
  italic: 'italic',
  strike: 'strike',
  code: 'code',
  link: 'link',
  bulletList: 'bulletList',
  orderedList: 'orderedList',
  quote: 'blockquote',
  codeBlock: 'codeBlock',
};

let forChecks: Schema | null = null;

function schemaForChecks(): Schema {
  forChecks ??= getSchema(extensionsFor(() => null));
  return forChecks;
}

function extensionsFor(nameOf: RichEditorOptions['nameOf']): Extensions {
  return [
    Document,
    Paragraph,
    Text,
    HardBreak.configure({ keepMarks: true }),
    Bold,
    Italic,
    Strike,
    Code,
    CodeBlock.configure({ defaultLanguage: null }),
    Blockquote,
    BulletList,
    OrderedList,
    ListItem,
    ListKeymap,
    UndoRedo,
    link,
    mentionNode(nameOf),
    linkRule,
  ];
}

/** A link by hand. Addresses in plain words are made links by whoever shows them. */
const link = Mark.create({
  name: 'link',
  inclusive: false,
  addAttributes: () => ({ href: { default: null } }),
  parseHTML: () => [
    {
      tag: 'a[href]',
      getAttrs(element) {
        const href = element.getAttribute('href') ?? '';
        return safeAddress.test(href) ? { href } : false;
      },
    },
  ],
  renderHTML: ({ HTMLAttributes }) => ['a', HTMLAttributes, 0],
});

/** A person or the whole room. Only known people: a pasted page cannot make a pill that says one name and calls another. */
function mentionNode(nameOf: RichEditorOptions['nameOf']) {
  return Node.create({
    name: 'mention',
    group: 'inline',
    inline: true,
    atom: true,
    selectable: false,
    addAttributes: () => ({ id: { default: '' }, label: { default: '' } }),
    parseHTML: () => [
      {
        tag: 'span[data-mention],a[data-mention]',
        priority: 100,
        getAttrs(element) {
          const id = element.getAttribute('data-mention') ?? '';
          const label = nameOf(id);
          return label === null ? false : { id, label };
        },
      },
    ],
    renderHTML: ({ node, HTMLAttributes }) => [
      'span',
      mergeAttributes(HTMLAttributes, { id: null, label: null, 'data-mention': node.attrs.id, class: 'mention' }),
      ['bdi', {}, `@${node.attrs.label}`],
    ],
    renderText: ({ node }) => `@${node.attrs.label}`,
  });
}

/** `[words](https://…)` typed becomes a link. */
const linkRule = Extension.create({
  name: 'linkRule',
  addInputRules() {
    return [
      new InputRule({
        find: markedLink,
        handler: ({ state, range, match }) => {
          const [, words = '', href = ''] = match;
          const mark = state.schema.marks.link?.create({ href });
          if (mark !== undefined)
            state.tr.replaceWith(range.from, range.to, state.schema.text(words, [mark])).removeStoredMark(mark);
        },
      }),
    ];
  },
});
