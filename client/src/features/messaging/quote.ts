import type { TimelineItem } from '@besace/matrix/api/types';

/** One line that stands for a message when it is quoted. */
export function quoteOf(item: TimelineItem): string {
  const { body } = item;
  const words =
    body.kind === 'text'
      ? body.text
      : body.kind === 'poll'
        ? body.question
        : body.kind === 'location'
          ? body.label
          : 'media' in body
            ? body.media.name
            : '';
  return words.replace(/\s+/g, ' ').slice(0, 200);
}
