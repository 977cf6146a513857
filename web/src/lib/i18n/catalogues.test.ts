import { describe, expect, it, test } from 'vitest';
import { placeholders } from './format';
import { LANGUAGES } from './index.svelte';

const files = import.meta.glob<Record<string, string>>('../../../../messages/*.json', {
  eager: true,
  import: 'default',
});
const catalogues = Object.fromEntries(
  Object.entries(files).map(([path, catalogue]) => [path.replace(/^.*\/|\.json$/g, ''), catalogue]),
);
const english = catalogues.en ?? {};

/** `stem_one` and `stem_other` are one message in two forms. */
const PLURAL = /_(zero|one|two|few|many|other)$/;
const stem = (key: string) => key.replace(PLURAL, '');

// LNG-02: English and French are complete.
describe.each(Object.keys(catalogues))('the catalogue %s', (locale) => {
  const catalogue = catalogues[locale] ?? {};

  it('is offered as a language', () => {
    expect(LANGUAGES.map((language) => language.locale)).toContain(locale);
  });

  it('has the keys of English, no more and no less', () => {
    const stems = (of: Record<string, string>) => [...new Set(Object.keys(of).map(stem))].sort();
    expect(stems(catalogue)).toEqual(stems(english));
  });

  it('has no empty message', () => {
    expect(Object.keys(catalogue).filter((key) => catalogue[key]?.trim() === '')).toEqual([]);
  });

  it('fills in the same placeholders as English', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      const original = english[key] ?? english[`${stem(key)}_other`] ?? '';
      expect({ key, placeholders: placeholders(message) }).toEqual({
        key,
        placeholders: placeholders(original),
      });
    }
  });

  it('has the form that its plural rules fall back on', () => {
    const plural = Object.keys(catalogue).filter((key) => PLURAL.test(key));
    for (const key of plural) expect(catalogue).toHaveProperty([`${stem(key)}_other`]);
  });

  it('keeps its keys sorted, so that two people adding keys seldom meet', () => {
    const keys = Object.keys(catalogue);
    expect(keys).toEqual([...keys].sort());
  });
});

test('French keeps its high punctuation on the line of the word before it', () => {
  const french = catalogues.fr ?? {};
  const loose = /(^|[^\u202f])[ \u00a0][:;!?»]|«[ \u00a0]/;
  expect(Object.keys(french).filter((key) => loose.test(french[key] ?? ''))).toEqual([]);
});
