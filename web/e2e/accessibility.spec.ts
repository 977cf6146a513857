import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { FACTORY_PASSWORD, fillIn, logIn } from './support/log_in';
import { pageOfDevice, pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'accessibility' });

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const LOOKS = [
  { look: 'desktop, light, English', width: 1280, height: 800, theme: 'light', language: 'en' },
  { look: 'desktop, dark, French', width: 1280, height: 800, theme: 'dark', language: 'fr' },
  { look: 'phone, light, French', width: 390, height: 844, theme: 'light', language: 'fr' },
  { look: 'phone, dark, English', width: 390, height: 844, theme: 'dark', language: 'en' },
] as const;

/** Violations of the page as it stands, one line each. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
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

for (const { look, width, height, theme, language } of LOOKS) {
  test(`NFR-03: axe finds nothing on any page (${look})`, async ({
    page,
    wattline,
    complaints,
  }) => {
    test.setTimeout(120_000);
    complaints.expect(/WARN .*I-35 Lifts/);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme });
    await page.addInitScript(
      (chosen) => localStorage.setItem('wattline.language', chosen),
      language,
    );
    await page.goto('/login');
    await settle(page);
    expect(await violations(page), 'log-in').toEqual([]);

    await logIn(page, 'user', language);
    await wattline.plant.fault('D-70 Main board', 7, { kind: 'silent' });
    const lighting = await pageOfPoint(page.request, 'Lighting and sockets');
    for (const path of [
      '/',
      '/monitor',
      lighting,
      `${lighting}/power`,
      `${lighting}/energy`,
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
      expect(await violations(page), path).toEqual([]);
    }
    await wattline.plant.fault('D-70 Main board', 7, { kind: 'none' });
  });

  test(`NFR-03: axe finds nothing in what opens over a page (${look})`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme });
    await logIn(page, 'user', language);
    await page.goto('/monitor');
    await settle(page);
    if (width > 720) {
      // Language, theme: the menus of the band.
      for (const index of [0, 1]) {
        await page.locator('header [aria-haspopup="menu"]').nth(index).click();
        await expect(page.getByRole('menu')).toBeVisible();
        expect(await violations(page), `menu ${index}`).toEqual([]);
        await page.keyboard.press('Escape');
      }
      await page.keyboard.press('b');
    } else {
      await page.locator('header [aria-haspopup="dialog"]').click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page), 'phone menu').toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('nav [aria-haspopup="dialog"]').click();
      await expect(page.getByRole('tree')).toBeVisible();
    }
    expect(await violations(page), 'without band, or with the sheet').toEqual([]);
  });
}

test('NFR-03: axe finds nothing on the form that replaces a factory password', async ({ page }) => {
  await page.goto('/login');
  await fillIn(page, 'advanced_user', FACTORY_PASSWORD.advanced_user);
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), colorScheme).toEqual([]);
  }
});
