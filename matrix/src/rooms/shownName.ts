/** What shows nothing or turns the text around, save joiners, which emoji are made with. */
const UNSEEN = /(?!\u200D)[\p{Cf}\p{Cc}]/gu;
/** Joiners that join no two pictures. */
const STRAY_JOINER =
  /(?<!\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D|\u200D(?!\p{Extended_Pictographic})/gu;

/** A display name as it may be shown, so that none passes for another by what nobody sees; empty when nothing of it is left. */
export function shownName(displayname: unknown): string {
  return typeof displayname === 'string' ? displayname.replace(UNSEEN, '').replace(STRAY_JOINER, '').trim() : '';
}
