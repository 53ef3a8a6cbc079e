import type { CaughtMail } from './caught.ts';

/** The page's style; its hash is in the policy, so that nothing else can be styled in. */
export const STYLE = `
:root{color-scheme:light dark;--line:light-dark(#d9dde3,#3a3f47);--quiet:light-dark(#5a6472,#a3adba);--accent:light-dark(#1d4ed8,#93b4ff)}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:52rem;padding:24px 16px}
h1{font-size:1.25rem;margin:0}
h2{font-size:1rem;margin:0}
.quiet{color:var(--quiet)}
article{border-top:1px solid var(--line);padding:16px 0}
a{color:var(--accent);overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:8px 0 0}
summary{cursor:pointer}
`;

/** The page that lists the mails, newest first. Text only: nothing of a mail becomes markup, and links are http(s). */
export function renderPage(mails: readonly CaughtMail[], to: string | undefined): string {
  const title = 'Courrier de démonstration';
  return [
    `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>${title}</title>`,
    `<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><style>${STYLE}</style></head><body>`,
    `<header><h1>${title}</h1>`,
    '<p class="quiet">Les messages envoyés par Besace sur cette machine. Aucun n’en sort.',
    to === undefined ? '</p>' : ` Seulement pour ${escapeHtml(to)}. <a href="/">Tout voir</a></p>`,
    '</header><main>',
    mails.length === 0 ? '<p>Aucun message pour l’instant. Inscrivez-vous : le lien arrivera ici.</p>' : '',
    ...mails.map(renderMail),
    '</main></body></html>\n',
  ].join('\n');
}

function renderMail(mail: CaughtMail): string {
  const links = mail.links.map(
    (link) => `<p><a href="${escapeHtml(link)}" rel="noreferrer">${escapeHtml(link)}</a></p>`,
  );
  return [
    `<article><h2>${escapeHtml(mail.subject || '(sans objet)')}</h2>`,
    `<p class="quiet">À ${escapeHtml(mail.to.join(', '))}, <time>${escapeHtml(mail.receivedAt)}</time></p>`,
    ...links,
    `<details><summary>Texte</summary><pre>${escapeHtml(mail.text)}</pre></details></article>`,
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
