import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { logIn } from './support/log_in';
import { inRepository } from './support/program';
import { pageOfDevice, pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'language' });

const catalogue = (language: string) =>
  JSON.parse(readFileSync(inRepository(`messages/${language}.json`), 'utf8')) as Record<
    string,
    string
  >;
const english = catalogue('en');
const french = catalogue('fr');

/** Shorter words are symbols, or words of both languages. */
const SHORTEST = 4;

/** English texts that no French page may show: parts between parameters, each long enough to tell. */
const ENGLISH = new Set(
  Object.keys(english)
    .filter((key) => english[key] !== french[key])
    .flatMap((key) => english[key]?.split(/\{\w+\}/) ?? [])
    .map((part) => part.trim().replace(/^[\s,.:;()]+|[\s,.:;()]+$/g, ''))
    .filter((part) => part.length >= SHORTEST),
);
const FRENCH = Object.values(french).join('\n');

/** Everything that a page says, to the eye and to the ear, piece by piece. */
async function texts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = new Set<string>([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.parentElement?.closest('script, style, [lang="en"]')) {
        found.add(node.textContent ?? '');
      }
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) {
        found.add(element.getAttribute(name) ?? '');
      }
    }
    return [...found].map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean);
  });
}

/** English that is left: whole texts of the catalogue, and longer ones inside others. */
function englishIn(shown: readonly string[]): string[] {
  return [...ENGLISH].flatMap((phrase) =>
    shown
      .filter((text) => text === phrase || (phrase.includes(' ') && text.includes(phrase)))
      // Words that both languages have, such as "Total" in another place of the catalogue.
      .filter(() => !FRENCH.split('\n').includes(phrase))
      .map((text) => `"${phrase}" in "${text}"`),
  );
}

/** What people named themselves stays as they named it. */
async function named(page: Page): Promise<string[]> {
  const lists = ['/api/v1/points', '/api/v1/devices'].map(async (path) => {
    const all = (await (await page.request.get(path)).json()) as {
      name: string;
      zone: string;
      usage?: { name: string } | null;
      fluid?: { name: string } | null;
    }[];
    return all.flatMap(({ name, zone, usage, fluid }) => [
      name,
      ...zone.split('/'),
      usage?.name ?? '',
      fluid?.name ?? '',
    ]);
  });
  return (await Promise.all(lists)).flat();
}

async function expectFrench(page: Page, what: string): Promise<void> {
  const own = new Set(await named(page));
  const shown = (await texts(page)).filter((text) => !own.has(text));
  expect(shown.length, what).toBeGreaterThan(10);
  expect(englishIn(shown), what).toEqual([]);
}

test('LNG-02: the search for left English would find some', async ({ page }) => {
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('article').first()).toBeVisible();
  expect(englishIn(await texts(page)).length).toBeGreaterThan(5);
});

test('LNG-01 LNG-02: no English is left on any page in French', async ({
  page,
  wattline,
  complaints,
}) => {
  complaints.expect(/WARN .*I-35 Lifts/, /console error: .*401/);
  await page.goto('/login');
  await page.getByLabel('Language').selectOption('fr');
  await expect(page.getByRole('heading', { name: 'Connexion' })).toBeVisible();
  const login = await texts(page);
  expect(englishIn(login)).toEqual([]);

  await logIn(page, 'administrator', 'fr');
  await wattline.plant.fault('D-70 Main board', 7, { kind: 'silent' });
  const incomer = await pageOfPoint(page.request, 'Main incomer');
  const pages = [
    '/',
    '/monitor',
    incomer,
    `${incomer}/network`,
    `${incomer}/network-quality`,
    `${incomer}/quality`,
    `${incomer}/voltage-current`,
    `${incomer}/power`,
    `${incomer}/energy`,
    await pageOfPoint(page.request, 'Main network'),
    `${await pageOfPoint(page.request, 'Car chargers')}/energy`,
    await pageOfDevice(page.request, 'D-70 Main board'),
    await pageOfDevice(page.request, 'I-35 Rooms'),
    '/password',
    '/configuration',
    '/nowhere',
    '/monitor/999999',
    // Silent by now.
    await pageOfPoint(page.request, 'Lifts'),
    await pageOfDevice(page.request, 'I-35 Lifts'),
  ];
  for (const path of pages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    await expect(page.locator('.skeleton')).toHaveCount(0);
    if (/Lifts/.test(await page.title())) {
      await expect(page.getByText('I-35 Lifts').nth(1)).toBeVisible();
    }
    await expectFrench(page, path);
  }
  // What the server says of the fault is said in the reader's words, too.
  await expect(page.getByText(french['fault.timeout'] as string)).toBeVisible();
  await page.getByRole('button', { name: french['frame.theme'] as string }).click();
  await expectFrench(page, 'the theme menu');
  await wattline.plant.fault('D-70 Main board', 7, { kind: 'none' });
});

test('LNG-01 LNG-03: the language changes while a page is open, with its numbers and its stream', async ({
  page,
}) => {
  await logIn(page);
  await page.goto(`${await pageOfPoint(page.request, 'Lighting and sockets')}/power`);
  const figure = page.locator('.table-frame .figure .number').first();
  await expect(figure).toHaveText(/^\d+\.\d+$/);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemradio', { name: 'Français' }).click();
  await expect(page.getByRole('link', { name: 'Accueil' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await expect(figure).toHaveText(/^\d+,\d+$/);
  await expectFrench(page, 'after the switch');
  const before = await figure.textContent();
  await expect(figure).not.toHaveText(before ?? '', { timeout: 5_000 });

  await page.getByRole('button', { name: french['frame.language'] as string }).click();
  await page.getByRole('menuitemradio', { name: 'English' }).click();
  await expect(page.getByRole('link', { name: 'Home' })).toBeVisible();
  await expect(figure).toHaveText(/^\d+\.\d+$/);
});
