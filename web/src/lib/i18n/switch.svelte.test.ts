import { flushSync } from 'svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { i18n, t } from './index.svelte';

beforeEach(() => localStorage.clear());

describe('LNG-01: the language', () => {
  test('changes what was drawn already, without a reload', async () => {
    await i18n.use('en');
    const seen: string[] = [];
    const stop = $effect.root(() => {
      $effect(() => void seen.push(t('home.title')));
    });
    flushSync();
    await i18n.use('fr');
    flushSync();
    stop();
    expect(seen).toEqual(['Home', 'Accueil']);
    expect(document.documentElement.lang).toBe('fr');
  });

  test('chosen last in this browser comes first', async () => {
    await i18n.use('fr');
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB']);
    expect(i18n.preferred()).toBe('fr');
  });

  test('is the browser’s own otherwise, and English where that is not offered', () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['fi', 'fr-CH', 'en']);
    expect(i18n.preferred()).toBe('fr');
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['fi']);
    expect(i18n.preferred()).toBe('en');
  });
});

test('a text whose key comes from data falls back on what is given', async () => {
  await i18n.use('en');
  expect(i18n.textOf('failure.no_right', 'x')).not.toBe('x');
  expect(i18n.textOf('failure.of_a_newer_server', 'as it said')).toBe('as it said');
});
