/**
 * Texts in the chosen language.
 *
 * One catalogue per language lies in `/messages`, flat, with keys typed from English. A catalogue is
 * fetched when its language is chosen; everything that called [`t`] then redraws by itself, without
 * a reload. The language belongs to the whole document (its `lang` is set here), so this is the one
 * piece of state that is a module's own instead of a context's.
 */
import type english from '$messages/en.json';
import { format, type Parameters } from './format';

type RawKey = keyof typeof english;
/** A key without its plural ending: `home.circuits` stands for `home.circuits_one`, `…_other`. */
export type MessageKey = RawKey extends infer Key
  ? Key extends `${infer Stem}_${Intl.LDMLPluralRule}`
    ? Stem
    : Key
  : never;

export type Catalogue = Readonly<Record<string, string>>;

const LOADERS = {
  en: () => import('$messages/en.json'),
  fr: () => import('$messages/fr.json'),
} satisfies Record<string, () => Promise<{ default: Catalogue }>>;

export type Locale = keyof typeof LOADERS;

/** Each language in its own words, as a reader looks for it in a list. */
export const LANGUAGES: readonly { locale: Locale; name: string }[] = [
  { locale: 'en', name: 'English' },
  { locale: 'fr', name: 'Français' },
];

const STORED = 'wattline.language';

class I18n {
  locale = $state<Locale>('en');
  #catalogue = $state.raw<Catalogue>({});
  #plurals = $derived(new Intl.PluralRules(this.locale));

  /** The language to begin with: the one chosen last in this browser, else the browser's own. */
  preferred(): Locale {
    const wishes = [stored(), ...navigator.languages.map((tag) => tag.split('-')[0] ?? '')];
    return wishes.find(isLocale) ?? 'en';
  }

  /** Fetches the catalogue of `locale` and switches to it; the old language stays until it is here. */
  async use(locale: Locale): Promise<void> {
    const { default: catalogue } = await LOADERS[locale]();
    this.#catalogue = catalogue;
    this.locale = locale;
    document.documentElement.lang = locale;
    try {
      localStorage.setItem(STORED, locale);
    } catch {
      // Storage may be forbidden; the language then holds for this visit.
    }
  }

  text(key: MessageKey, parameters?: Parameters): string {
    return format(this.#catalogue, this.#plurals, key, parameters);
  }

  /** Like [`text`] for a key that was put together from data, such as `fault.timeout`. */
  textOf(key: string, otherwise: string, parameters?: Parameters): string {
    return this.#catalogue[key] === undefined
      ? otherwise
      : format(this.#catalogue, this.#plurals, key, parameters);
  }
}

function stored(): string {
  try {
    return localStorage.getItem(STORED) ?? '';
  } catch {
    return '';
  }
}

export function isLocale(text: string): text is Locale {
  return Object.hasOwn(LOADERS, text);
}

export const i18n = new I18n();

/** The text of `key` in the chosen language; `{name}` in it is replaced by `parameters.name`. */
export function t(key: MessageKey, parameters?: Parameters): string {
  return i18n.text(key, parameters);
}
