import { readFileSync } from 'node:fs';
import { isScalar, parseDocument, visit } from 'yaml';

export type TemplateValue = string | number | boolean | readonly (string | number)[];
export type TemplateValues = Readonly<Record<string, TemplateValue>>;

const NOTE = ' Written by Besace from templates/ at each start. Change the template, not this file.\n';

/**
 * Fills a YAML template in. A value that is `${name}` alone becomes the value with its own type; inside a longer string it
 * is put into the text. Values are YAML nodes, never pasted text, so that a path with a colon or a space stays a string.
 * Throws when a name has no value, when a value is never asked for, and when the template is not YAML.
 */
export function fillTemplate(file: string, values: TemplateValues): string {
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const used = new Set<string>();
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return undefined;
      const whole = /^\$\{(\w+)\}$/.exec(node.value);
      if (whole?.[1] !== undefined) {
        const created = document.createNode(lookUp(whole[1]));
        if (isScalar(created) && node.comment) created.comment = node.comment;
        return created;
      }
      node.value = node.value.replace(/\$\{(\w+)\}/g, (_match, name: string) => String(lookUp(name)));
      return undefined;
    },
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`${file} never asks for ${unused.join(', ')}`);
  document.commentBefore = `${NOTE}${document.commentBefore ?? ''}`;
  return document.toString({ lineWidth: 0 });

  function lookUp(name: string): TemplateValue {
    if (!Object.hasOwn(values, name)) throw new Error(`${file} asks for an unknown value: ${name}`);
    used.add(name);
    return values[name] as TemplateValue;
  }
}
