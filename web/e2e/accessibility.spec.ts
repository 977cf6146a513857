import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { FACTORY_PASSWORD, fillIn, logIn } from './support/log_in';
import { pageOfDevice, pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'accessibility' });
// They only look, so they may share the work, each worker with a program of its own.
test.describe.configure({ mode: 'parallel' });

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const LOOKS = [
  { look: 'desktop, English', width: 1280, height: 800, language: 'en' },
  { look: 'desktop, French', width: 1280, height: 800, language: 'fr' },
  { look: 'phone, English', width: 390, height: 844, language: 'en' },
  { look: 'phone, French', width: 390, height: 844, language: 'fr' },
] as const;

/** What a theme can spoil. No language can, and looking at every pixel's neighbour takes time. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** Violations of the page as it stands, one line each. */
async function violations(page: Page, language: 'en' | 'fr' = 'en'): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  // These pages have no frames, so axe needs no second page to gather what it found.
  const axe = () =>
    new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true);
  const results = [
    await axe()
      .withTags(RULES)
      .disableRules(language === 'en' ? [] : COLOURS)
      .analyze(),
  ];
  if (language === 'en') {
    await page.emulateMedia({ colorScheme: 'dark' });
    results.push(await axe().withRules(COLOURS).analyze());
  }
  const violations = results.flatMap((result) => result.violations);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id} (${help}): ${html.slice(0, 160)} ${failureSummary}`,
    ),
  );
}

/** The page with its data: no skeleton, and figures where figures belong. */
async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await expect(page.locator('.skeleton')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

for (const { look, width, height, language } of LOOKS) {
  test(`NFR-03: axe finds nothing on any page (${look})`, async ({
    page,
    wattline,
    complaints,
  }) => {
    test.setTimeout(300_000);
    complaints.expect(/WARN .*I-35 Lifts/);
    await page.setViewportSize({ width, height });
    await page.addInitScript(
      (chosen) => localStorage.setItem('wattline.language', chosen),
      language,
    );
    await page.goto('/login');
    await settle(page);
    expect(await violations(page, language), 'log-in').toEqual([]);

    await logIn(page, 'user', language);
    await wattline.plant.fault('D-70 Main board', 7, { kind: 'silent' });
    const lighting = await pageOfPoint(page.request, 'Lighting and sockets');
    for (const path of [
      '/',
      '/monitor',
      lighting,
      `${lighting}/network`,
      `${lighting}/network-quality`,
      `${lighting}/voltage-current`,
      `${lighting}/power`,
      `${lighting}/energy`,
      `${lighting}/quality`,
      await pageOfPoint(page.request, 'Main network'),
      await pageOfDevice(page.request, 'D-70 Main board'),
      await pageOfDevice(page.request, 'I-35 Rooms'),
      '/nowhere',
      '/monitor/999999',
      // No right to it.
      '/password',
      // Silent by now.
      await pageOfPoint(page.request, 'Lifts'),
    ]) {
      await page.goto(path);
      await settle(page);
      expect(await violations(page, language), path).toEqual([]);
    }
    await wattline.plant.fault('D-70 Main board', 7, { kind: 'none' });
  });

  test(`NFR-03: axe finds nothing in what opens over a page (${look})`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await logIn(page, 'user', language);
    await page.goto('/monitor');
    await settle(page);
    if (width > 720) {
      // Language, theme: the menus of the band.
      for (const index of [0, 1]) {
        await page.locator('header [aria-haspopup="menu"]').nth(index).click();
        await expect(page.getByRole('menu')).toBeVisible();
        expect(await violations(page, language), `menu ${index}`).toEqual([]);
        await page.keyboard.press('Escape');
      }
      await page.keyboard.press('b');
    } else {
      await page.locator('header [aria-haspopup="dialog"]').click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page, language), 'phone menu').toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('nav [aria-haspopup="dialog"]').click();
      await expect(page.getByRole('tree')).toBeVisible();
    }
    expect(await violations(page, language), 'without band, or with the sheet').toEqual([]);
  });
}

test('NFR-03: axe finds nothing on the form that replaces a factory password', async ({ page }) => {
  await page.goto('/login');
  await fillIn(page, 'advanced_user', FACTORY_PASSWORD.advanced_user);
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('NFR-03: axe finds nothing on the configuration, nor in what it asks', async ({ page }) => {
  await logIn(page, 'administrator');
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.goto('/configuration');
    await settle(page);
    expect(await violations(page), `page, ${width}`).toEqual([]);
    await page.locator('input[type=file]').setInputFiles({
      name: 'site.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{}'),
    });
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await violations(page), `question, ${width}`).toEqual([]);
  }
});
