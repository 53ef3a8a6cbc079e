import type { Mail } from '../../runtime/mailer.ts';

export type Locale = 'fr' | 'en';
export type AccountMail =
  | { readonly kind: 'link'; readonly link: string; readonly organisation: string }
  | { readonly kind: 'existing'; readonly signIn: string; readonly address: string };

type Words = { readonly subject: string; readonly before: string[]; readonly action: string; readonly after: string[] };

/** The mail's words, as text and as HTML that loads nothing. */
export function composeMail(mail: AccountMail, locale: Locale): Pick<Mail, 'subject' | 'text' | 'html'> {
  const words = mail.kind === 'link' ? linkWords(mail.organisation)[locale] : existingWords(mail.address)[locale];
  const url = mail.kind === 'link' ? mail.link : mail.signIn;
  return {
    subject: words.subject,
    text: `${[...words.before, url, ...words.after].join('\n\n')}\n`,
    html: html(words, url, locale),
  };
}

function linkWords(organisation: string): Record<Locale, Words> {
  return {
    fr: {
      subject: 'Votre inscription à Besace',
      before: [
        'Bonjour,',
        `Vous avez demandé un compte Besace (${organisation}). Pour choisir votre nom et votre mot de passe, ouvrez ce lien :`,
      ],
      action: 'Continuer mon inscription',
      after: [
        'Il sert une seule fois et pendant une heure.',
        'Si vous n’avez rien demandé, ne faites rien : aucun compte ne sera créé.',
      ],
    },
    en: {
      subject: 'Your Besace sign-up',
      before: [
        'Hello,',
        `You asked for a Besace account (${organisation}). To choose your name and password, open this link:`,
      ],
      action: 'Continue signing up',
      after: ['It works once and for one hour.', 'If you did not ask for it, do nothing: no account will be made.'],
    },
  };
}

function existingWords(address: string): Record<Locale, Words> {
  return {
    fr: {
      subject: 'Vous avez déjà un compte Besace',
      before: [
        'Bonjour,',
        `Une inscription à Besace a été demandée pour ${address}, qui a déjà un compte. Pour vous connecter, donnez cette adresse et votre mot de passe ici :`,
      ],
      action: 'Me connecter',
      after: ['Si cette demande ne vient pas de vous, ne faites rien : votre compte n’a pas changé.'],
    },
    en: {
      subject: 'You already have a Besace account',
      before: [
        'Hello,',
        `Someone asked to sign up to Besace with ${address}, which already has an account. To sign in, give this address and your password here:`,
      ],
      action: 'Sign in',
      after: ['If it was not you, do nothing: your account has not changed.'],
    },
  };
}

function html(words: Words, url: string, locale: Locale): string {
  const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(words.subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
    ...words.before.map(paragraph),
    `<p><a href="${escapeHtml(url)}">${escapeHtml(words.action)}</a></p>`,
    `<p style="word-break:break-all">${escapeHtml(url)}</p>`,
    ...words.after.map(paragraph),
    '</body></html>\n',
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
