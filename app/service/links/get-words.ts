// What the page of a link says, in the languages of nginx/pages.

type Refusal = { title: string; text: string };
export type GetWords = { lang: string; ready: string; download: string; broken: Refusal; ended: Refusal };

const english: GetWords = {
  lang: 'en',
  ready: 'Your file is ready.',
  download: 'Download',
  broken: {
    title: 'This link does not work',
    text: 'Part of it may be missing. Copy the whole link, or ask whoever gave it to you for a new one.',
  },
  ended: {
    title: 'This link has ended',
    text: 'The address is right, but its time is over, or all its downloads are used up. Ask whoever gave it to you for a new one.',
  },
};

const german: GetWords = {
  lang: 'de',
  ready: 'Ihre Datei ist bereit.',
  download: 'Herunterladen',
  broken: {
    title: 'Dieser Link funktioniert nicht',
    text: 'Vielleicht fehlt ein Teil davon. Kopieren Sie den ganzen Link, oder bitten Sie den Absender um einen neuen.',
  },
  ended: {
    title: 'Dieser Link ist abgelaufen',
    text: 'Die Adresse stimmt, aber die Zeit ist um, oder alle Downloads sind verbraucht. Bitten Sie den Absender um einen neuen.',
  },
};

/** One row for each language; more may be added. */
const languages: readonly GetWords[] = [english, german];

/** The words for a browser: by the first language that it names, as NGINX chooses its pages. */
export function getWords(acceptLanguage = ''): GetWords {
  return languages.find(({ lang }) => acceptLanguage.toLowerCase().startsWith(lang)) ?? english;
}
