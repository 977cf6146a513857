/** The pictures of the README, into `docs/images`: `npm run screenshots:readme`. */
import type { Page } from '@playwright/test';
import { logIn } from '../support/log_in';
import { inRepository } from '../support/program';
import { pageOfPoint } from '../support/site';
import { expect, test } from '../support/test';
import { settle } from './looks';

test.use({
  setting: 'morning',
  program: 'readme',
  // Wide and high enough for the gauges and the table below them.
  viewport: { width: 1600, height: 1000 },
});

/** How long the plant is watched, so that the curve of Home is one. */
const WATCHED_MS = 150_000;

async function shoot(page: Page, name: string, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await settle(page);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: inRepository(`docs/images/${name}.png`) });
}

test('the pictures of the README', async ({ page, wattline }) => {
  test.setTimeout(WATCHED_MS + 60_000);
  await logIn(page);
  await wattline.plant.speed(30);
  await page.goto(`${await pageOfPoint(page.request, 'Lighting and sockets')}/power`);
  await expect(page.getByText(/live, every/)).toBeVisible();
  await page.waitForTimeout(WATCHED_MS);
  await wattline.plant.speed(1);
  await shoot(page, 'demo-monitor', 'light');
  await page.goto('/');
  await shoot(page, 'demo-home', 'dark');
});
