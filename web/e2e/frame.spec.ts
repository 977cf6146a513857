import type { Page } from '@playwright/test';
import { logIn } from './support/log_in';
import { pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'frame' });

/** What a browser says of a server that is not there. */
const GONE = [
  /console error: .*ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/,
  /request failed: .*ERR_/,
];

const banner = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'The server does not answer.' });

test('NFR-03 HOM-02: the theme follows the system until one is chosen, and a browser remembers', async ({
  page,
}) => {
  await logIn(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/');
  const surface = () =>
    page.getByRole('banner').evaluate((band) => getComputedStyle(band).backgroundColor);
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'Light or dark' }).click();
    await page.getByRole('menuitemradio', { name }).click();
  };
  const dark = await surface();
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await surface();
  expect(light).not.toBe(dark);

  await choose('Dark');
  expect(await surface()).toBe(dark);
  await page.reload();
  expect(await surface()).toBe(dark);
  await choose('Light');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await surface()).toBe(light);
  await choose('As the system');
  expect(await surface()).toBe(dark);
});

test('NFR-10: an unknown address has a page of its own that leads on', async ({ page }) => {
  await logIn(page);
  await page.goto('/no/such/page');
  await expect(
    page.getByRole('heading', { name: 'There is no page at this address' }),
  ).toBeVisible();
  await expect(page.getByText('/no/such/page')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Go to Home' }).click();
  await expect(page).toHaveURL('/');
  await page.goto('/monitor/999999');
  await expect(
    page.getByRole('heading', { name: 'This circuit or device does not exist' }),
  ).toBeVisible();
});

test('HOM-02: the way past the band is the first thing the keyboard meets', async ({ page }) => {
  await logIn(page);
  await page.goto('/monitor');
  await expect(page.getByRole('heading', { name: 'Nothing is selected' })).toBeVisible();
  await page.keyboard.press('Tab');
  const skip = page.getByRole('button', { name: 'Skip to the page' });
  await expect(skip).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('NFR-10: a lost server is told on every page with the last contact, and comes back by itself', async ({
  page,
  context,
  wattline,
  complaints,
}) => {
  complaints.expect(...GONE);
  test.setTimeout(90_000);
  await logIn(page);
  const pages = [page, await context.newPage()] as const;
  const [monitor, home] = pages;
  await monitor.goto(`${await pageOfPoint(page.request, 'Main incomer')}/power`);
  await home.goto('/');
  const figure = monitor.getByRole('region', { name: 'All figures' }).locator('.figure').first();
  const power = home.getByRole('article', { name: 'Power now' }).locator('.large');
  await expect(figure).toHaveAttribute('data-freshness', 'live');
  await expect(power).not.toContainText('–');

  await wattline.stopServer();
  for (const each of pages) {
    await expect(banner(each)).toContainText(/Last contact at \d\d:\d\d:\d\d\./, {
      timeout: 12_000,
    });
  }
  // The last values stay, dimmed.
  await expect(figure).toHaveAttribute('data-freshness', 'lost');
  await expect(figure).toHaveText(/\d/);
  await expect(power).toHaveText(/\d/);
  const dimmed = await power.evaluate((element) => getComputedStyle(element).color);

  await wattline.startServer();
  for (const each of pages) await expect(banner(each)).toHaveCount(0, { timeout: 25_000 });
  await expect(figure).toHaveAttribute('data-freshness', 'live', { timeout: 15_000 });
  expect(await power.evaluate((element) => getComputedStyle(element).color)).not.toBe(dimmed);
  // The session outlived the restart, and so did the page.
  await expect(monitor.getByRole('heading', { name: 'Main incomer', level: 1 })).toBeVisible();
});

test('NFR-10: pages opened without their server are not found; a page in sight asks until it is back', async ({
  page,
  wattline,
  complaints,
}) => {
  complaints.expect(...GONE);
  test.setTimeout(90_000);
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('article').first()).toBeVisible();
  await wattline.stopServer();
  await expect(banner(page)).toBeVisible({ timeout: 12_000 });
  // Log-out cannot be told to the server: it says why, and nobody believes to be logged out.
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(banner(page)).toBeVisible();
  await expect(page).toHaveURL('/');
  await wattline.startServer();
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(banner(page)).toHaveCount(0, { timeout: 25_000 });
});

test('NFR-10: while nobody knows who is logged in, the page says that the server is missing', async ({
  page,
  complaints,
}) => {
  complaints.expect(/console error: .*503/);
  let isThere = false;
  await page.route('**/api/v1/**', (route) =>
    isThere ? route.continue() : route.fulfill({ status: 503, body: '' }),
  );
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible();
  isThere = true;
  await expect(page.getByRole('article').first()).toBeVisible({ timeout: 10_000 });
});
