import type { RoomSummary } from '@besace/matrix/api/types';

/** What the browser's tab, and the icon on the desktop, say: how often one is named, else that something is unread. */
export type Badge = { readonly mentions: number; readonly unread: boolean };

export function badgeOf(rooms: readonly Pick<RoomSummary, 'unread' | 'highlights' | 'membership'>[]): Badge {
  const joined = rooms.filter(({ membership }) => membership === 'join');
  return {
    mentions: joined.reduce((sum, room) => sum + room.highlights, 0),
    unread: joined.some((room) => room.unread > 0),
  };
}

type App = Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>;

/** On the icon of the installed application, where the browser has that. */
export function showAppBadge({ mentions, unread }: Badge, app: Partial<App> = navigator): void {
  const done = mentions > 0 ? app.setAppBadge?.(mentions) : unread ? app.setAppBadge?.() : app.clearAppBadge?.();
  // A browser that has the function may still have no place to show it.
  done?.catch(() => undefined);
}

const SIZE = 64;
const plain = '/besace.svg';

/** The tab's icon with a spot: red with the count of mentions, of the accent's colour where something else is unread. */
export async function showFavicon(badge: Badge, page: Document = document): Promise<void> {
  const link = page.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  const state = `${Math.min(badge.mentions, 100)} ${badge.unread}`;
  if (link.dataset.badge === state) return;
  link.dataset.badge = state;
  if (badge.mentions === 0 && !badge.unread) {
    setIcon(link, plain, 'image/svg+xml');
    return;
  }
  const icon = await loadIcon(page);
  const canvas = page.createElement('canvas');
  canvas.width = SIZE;
  canvas.height = SIZE;
  const pen = canvas.getContext('2d');
  // A later badge came while the icon was loaded: it is shown by its own call.
  if (pen === null || link.dataset.badge !== state) return;
  pen.drawImage(icon, 0, 0, SIZE, SIZE);
  draw(pen, badge);
  setIcon(link, canvas.toDataURL('image/png'), 'image/png');
}

function draw(pen: CanvasRenderingContext2D, { mentions }: Badge): void {
  const radius = mentions > 0 ? 21 : 14;
  pen.beginPath();
  pen.arc(SIZE - radius, radius, radius, 0, 2 * Math.PI);
  pen.fillStyle = mentions > 0 ? '#b3261e' : '#c47a1c';
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = '#fff';
  pen.stroke();
  if (mentions === 0) return;
  pen.fillStyle = '#fff';
  pen.font = `bold ${mentions > 9 ? 26 : 32}px system-ui, sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(mentions > 99 ? '99' : String(mentions), SIZE - radius, radius + 2);
}

function loadIcon(page: Document): Promise<HTMLImageElement> {
  const icon = page.createElement('img');
  icon.src = plain;
  return icon.decode().then(() => icon);
}

function setIcon(link: HTMLLinkElement, href: string, type: string): void {
  link.href = href;
  link.type = type;
}
