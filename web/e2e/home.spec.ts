import type { Page } from '@playwright/test';
import { isRounded, readFigure } from './support/figures';
import { enter, logIn, OURS } from './support/log_in';
import { demoSite, pageOfDevice } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'home' });

const { sources, points, mounts } = demoSite();
const circuits = points.filter(({ kind }) => kind === 'circuit');

const tile = (page: Page, name: string) => page.getByRole('article', { name });
const power = (page: Page) => tile(page, 'Power now').locator('.large');
const answering = (page: Page, count: number) =>
  page.getByRole('img', { name: `${count} of ${sources.length} sources answer` });

test.beforeEach(async ({ page }) => {
  await logIn(page);
  await page.goto('/');
});

test('HOM-01 HOM-02 HOM-03: home shows what is measured now, and its tiles lead on', async ({
  page,
}) => {
  await expect(page.getByRole('heading', { name: /^Monitor – live/ })).toBeVisible();
  await expect(tile(page, 'Monitor')).toContainText(`${circuits.length} circuits`);
  await tile(page, 'Monitor').getByRole('link', { name: 'Monitor' }).click();
  await expect(page).toHaveURL('/monitor');
  await page.getByRole('banner').getByRole('link', { name: 'Home' }).click();
  await expect(page).toHaveURL('/');

  await tile(page, 'Monitor')
    .getByRole('link', { name: /Kitchen/ })
    .click();
  await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();
  await page.goBack();
  await tile(page, 'Sources answering').getByRole('link', { name: /D-70/ }).click();
  await expect(page).toHaveURL(await pageOfDevice(page.request, 'D-70 Main board'));
});

test('HOM-07: what nothing can feed has no tile', async ({ page }) => {
  await expect(tile(page, 'Sources answering')).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(4);
  await expect(page.getByText(/Alarms|Photoview|Consumption|Trends/)).toHaveCount(0);
});

test('HOM-01 MON-04: all sources answer, and the power moves by itself', async ({ page }) => {
  await expect(answering(page, sources.length)).toBeVisible({ timeout: 15_000 });
  const first = await power(page).textContent();
  await expect(power(page)).not.toHaveText(first ?? '', { timeout: 5_000 });
});

test('HOM-01: power now is what the incomer says, and each circuit has its own', async ({
  page,
  wattline,
}) => {
  await wattline.plant.pause(true);
  const shownOf = async (text: Promise<string | null>) => readFigure((await text) ?? '');
  for (const { id, name } of circuits) {
    const source = sources.find(({ id: source }) =>
      mounts.some((mount) => mount.point === id && mount.source === source),
    );
    const { channels } = await wattline.plant.device(source?.name ?? '');
    const line = tile(page, 'Monitor').getByRole('link', { name: new RegExp(`^${name}`) });
    const held = Object.values(channels).map(({ p_w }) => p_w ?? null);
    const figure = name === 'Main incomer' ? power(page) : line.locator('.value');
    await expect
      .poll(async () => {
        const shown = await shownOf(figure.textContent());
        return held.some((value) => isRounded(shown, value));
      }, `${name} shows its power`)
      .toBe(true);
  }
  await wattline.plant.pause(false);
});

test('HOM-01 MON-05: a source that falls silent is named within its time, and returns', async ({
  page,
  wattline,
  complaints,
}) => {
  complaints.expect(/WARN .*I-35 Floors.*silent/);
  await expect(answering(page, sources.length)).toBeVisible({ timeout: 15_000 });
  await wattline.plant.fault('D-70 Main board', 4, { kind: 'silent' });
  await expect(answering(page, sources.length - 1)).toBeVisible({ timeout: 10_000 });
  // The silent one comes first and says when it was heard last.
  const first = tile(page, 'Sources answering').getByRole('listitem').first();
  await expect(first).toContainText(/I-35 Floors\s*last value \d\d:\d\d:\d\d/);
  // What its circuit drew last is no power of now.
  const row = tile(page, 'Monitor').getByRole('link', { name: /^Lighting and sockets/ });
  await expect(row.locator('.value')).toHaveText('–kW');
  await expect(row).toContainText(/Communication lost, last value: \d\d:\d\d:\d\d/);
  // Its neighbours behind the same gateway go on.
  const first_power = await power(page).textContent();
  await expect(power(page)).not.toHaveText(first_power ?? '', { timeout: 5_000 });

  await wattline.plant.fault('D-70 Main board', 4, { kind: 'none' });
  await expect(answering(page, sources.length)).toBeVisible({ timeout: 25_000 });
});

test('HOM-01: figures of the site that cannot be fetched are said to be missing, the rest stays', async ({
  page,
  complaints,
}) => {
  complaints.expect(/console error: .*500.*overview/);
  await page.route('**/api/v1/overview', (route) => route.fulfill({ status: 500, body: '' }));
  await page.goto('/');
  await expect(page.getByText('The figures of the site could not be fetched.')).toBeVisible();
  await expect(tile(page, 'Monitor')).toContainText(`${circuits.length} circuits`);
  await expect(tile(page, 'Power now')).toHaveCount(0);
  await page.unroute('**/api/v1/overview');
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(tile(page, 'Power now')).toBeVisible();
});

test('HOM-01: an open page follows the installation', async ({ page, playwright, wattline }) => {
  await expect(tile(page, 'Monitor')).toContainText('Kitchen');
  const elsewhere = await playwright.request.newContext({ baseURL: wattline.url });
  await enter(elsewhere, 'administrator');
  const before = (await (await elsewhere.get('/api/v1/configuration')).json()) as {
    points: { name: string }[];
  };
  const put = async (data: object) =>
    expect((await elsewhere.put('/api/v1/configuration', { headers: OURS, data })).status()).toBe(
      200,
    );
  const renamed = before.points.map((point) =>
    point.name === 'Kitchen' ? { ...point, name: 'Canteen' } : point,
  );
  await put({ ...before, points: renamed });
  await expect(tile(page, 'Monitor')).toContainText('Canteen', { timeout: 5_000 });
  await put(before);
  await expect(tile(page, 'Monitor')).toContainText('Kitchen', { timeout: 5_000 });
  await elsewhere.dispose();
});
