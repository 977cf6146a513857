/** The pages and the ways to look at them that pictures are taken of. */
import type { APIRequestContext, Page } from '@playwright/test';
import { inRepository } from '../support/program';
import { pageOfDevice, pageOfPoint } from '../support/site';
import { expect } from '../support/test';

export interface Look {
  width: number;
  height: number;
  theme: 'light' | 'dark';
  language: 'en' | 'fr';
}

const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;
const THEMES = ['light', 'dark'] as const;
const LANGUAGES = ['en', 'fr'] as const;

/** Every page is looked at in all of them. */
export const LOOKS: readonly Look[] = SIZES.flatMap((size) =>
  THEMES.flatMap((theme) => LANGUAGES.map((language) => ({ ...size, theme, language }))),
);

/** A state is the same page again: each size once in light and English, once in dark and French. */
export const STATE_LOOKS = LOOKS.filter(
  ({ theme, language }) => (theme === 'light') === (language === 'en'),
);

export function nameOf({ width, theme, language }: Look): string {
  return `${width} ${theme} ${language}`;
}

/** Names of pictures and where their pages are. */
export async function pagesOf(request: APIRequestContext): Promise<[name: string, path: string][]> {
  const lighting = await pageOfPoint(request, 'Lighting and sockets');
  return [
    ['home', '/'],
    ['monitor', '/monitor'],
    ['synthesis', lighting],
    ['network-synthesis', `${lighting}/network`],
    ['network-quality', `${lighting}/network-quality`],
    ['quality', `${lighting}/quality`],
    ['voltage-current', `${lighting}/voltage-current`],
    ['power', `${lighting}/power`],
    ['energy', `${lighting}/energy`],
    ['three-wires', await pageOfPoint(request, 'Air handling')],
    ['single-phase', await pageOfPoint(request, 'Server room')],
    ['classic-synthesis', await pageOfPoint(request, 'Car chargers')],
    ['single-phase-power', `${await pageOfPoint(request, 'Server room')}/power`],
    ['exporting-power', `${await pageOfPoint(request, 'Solar roof')}/power`],
    ['network', await pageOfPoint(request, 'Main network')],
    ['classic-energy', `${await pageOfPoint(request, 'Car chargers')}/energy`],
    ['gateway', await pageOfDevice(request, 'D-70 Main board')],
    ['device', await pageOfDevice(request, 'I-35 Rooms')],
    ['unknown-address', '/no/such/page'],
  ];
}

export async function dress(page: Page, { width, height, theme, language }: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme });
  await page.evaluate((chosen) => localStorage.setItem('wattline.language', chosen), language);
}

/** Waits until the page has its data. */
export async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeAttached();
  await expect(page.locator('.skeleton')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  // Two readings, so that ages and needles are where they belong.
  await page.waitForTimeout(1_200);
}

export async function shoot(page: Page, name: string, look: Look, whole = true): Promise<void> {
  const { width, theme, language } = look;
  await page.screenshot({
    path: inRepository(`screenshots/${name}/${width}-${theme}-${language}.png`),
    fullPage: whole,
  });
}
