import type { Locator, Page } from '@playwright/test';
import { logIn } from './support/log_in';
import { demoSite, pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ program: 'perimeter' });

const tree = (page: Page) => page.getByRole('tree', { name: 'Navigation' });
const row = (page: Page, name: string | RegExp) =>
  tree(page).getByRole('treeitem', { name, exact: true });
const filter = (page: Page) => page.getByRole('searchbox', { name: 'Filter' });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Perimeter' });

/** Names of the rows with their counts, from top to bottom. */
async function rows(page: Page): Promise<string[]> {
  return tree(page)
    .getByRole('treeitem')
    .evaluateAll((items) =>
      items
        .map((item) => [item.getBoundingClientRect().top, item.getAttribute('aria-label') ?? ''])
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, label]) => String(label)),
    );
}

const counted = (name: string, count: number) =>
  `${name}, ${count} ${count === 1 ? 'circuit' : 'circuits'}`;

test.beforeEach(async ({ page }) => {
  // Tall enough for the whole tree: only rows in sight are in the document.
  await page.setViewportSize({ width: 1280, height: 1200 });
  await logIn(page);
});

test('PER-03 PER-04: view, filter and tree in this order, beside Monitor and not beside Home', async ({
  page,
}) => {
  await page.goto('/monitor');
  const views = page.getByLabel('View');
  await expect(views.getByRole('option')).toHaveText(['Location', 'Usage', 'Fluid']);
  const top = async (part: Locator) => (await part.boundingBox())?.y ?? NaN;
  expect(await top(views)).toBeLessThan(await top(filter(page)));
  expect(await top(filter(page))).toBeLessThan(await top(tree(page)));
  await page.goto('/');
  await expect(page.getByRole('article').first()).toBeVisible();
  await expect(panel(page)).toHaveCount(0);
});

test('PER-06 PER-07 PER-08: each view sorts the circuits its way and counts them', async ({
  page,
}) => {
  const { sources, points, mounts, usages, fluids } = demoSite();
  const circuits = points.filter(({ kind }) => kind === 'circuit');
  const sourceOf = (point: number) =>
    sources.find(({ id }) => mounts.some((mount) => mount.point === point && mount.source === id));

  await page.goto('/monitor');
  await expect(tree(page)).toBeVisible();
  for (const { zone, name, id } of sources) {
    const levels = zone.split('/');
    for (const [index, level] of levels.entries()) {
      const place = levels.slice(0, index + 1).join('/');
      const below = circuits.filter(({ id }) => `${sourceOf(id)?.zone}/`.startsWith(`${place}/`));
      await expect(row(page, counted(level, below.length)), place).toHaveCount(1);
    }
    const mounted = circuits.filter((circuit) => sourceOf(circuit.id)?.id === id);
    await expect(row(page, mounted.length ? counted(name, mounted.length) : name)).toBeVisible();
  }
  for (const { name } of points) await expect(row(page, name).first()).toBeVisible();

  await page.getByLabel('View').selectOption('Usage');
  for (const { id, name } of usages) {
    const count = circuits.filter(({ usage }) => usage === id).length;
    if (count > 0) await expect(row(page, counted(name, count))).toBeVisible();
  }
  // A network is no load: it has no usage.
  await expect(row(page, 'Main network')).toHaveCount(0);

  await page.getByLabel('View').selectOption('Fluid');
  for (const { id, name } of fluids) {
    const count = circuits.filter(({ fluid }) => fluid === id).length;
    await expect(row(page, counted(name, count))).toBeVisible();
  }
});

test('PER-05: the filter keeps what holds the text, in any case, by name, place and device', async ({
  page,
}) => {
  const { sources } = demoSite();
  await page.goto('/monitor');
  await expect(row(page, 'Kitchen')).toBeVisible();

  await filter(page).fill('I35');
  const modules = sources.filter(({ name }) => name.startsWith('I-35'));
  for (const { name } of modules) await expect(row(page, new RegExp(`^${name}`))).toBeVisible();
  await expect(row(page, /U-30/)).toHaveCount(0);
  await expect(row(page, /A-10/)).toHaveCount(0);

  await filter(page).fill('ROOF');
  await expect(row(page, /^Roof/)).toBeVisible();
  await expect(row(page, 'Solar roof')).toBeVisible();
  await expect(row(page, 'Kitchen')).toHaveCount(0);

  await filter(page).fill('itch');
  await expect(row(page, 'Kitchen')).toBeVisible();
  await expect(row(page, 'Hot water')).toHaveCount(0);

  await filter(page).fill('zzz');
  await expect(page.getByText('No name holds this text.')).toBeVisible();
  await filter(page).fill('');
  await expect(row(page, 'Hot water')).toBeVisible();
});

test('PER-01 PER-02: it is closed, opened and pinned, and a browser remembers the pin', async ({
  page,
}) => {
  await page.goto('/monitor');
  const opener = page.getByRole('button', { name: 'Open the perimeter' });
  const main = page.getByRole('main');
  const left = async () => (await main.boundingBox())?.x ?? NaN;
  await expect(tree(page)).toBeVisible();
  const beside = await left();

  await page.getByRole('button', { name: 'Close the perimeter' }).click();
  await expect(tree(page)).toHaveCount(0);
  await expect(opener).toBeFocused();
  expect(await left()).toBeLessThan(beside);
  await page.reload();
  await expect(opener).toBeVisible();

  // Opened it lies over the page, which stays where it is; Escape or a choice closes it.
  const closed = await left();
  await opener.click();
  await expect(tree(page)).toBeVisible();
  expect(await left()).toBe(closed);
  await page.keyboard.press('Escape');
  await expect(tree(page)).toHaveCount(0);
  await opener.click();
  await row(page, 'Kitchen').click();
  await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();
  await expect(tree(page)).toHaveCount(0);

  await opener.click();
  await page.getByRole('button', { name: 'Pin the perimeter' }).click();
  expect(await left()).toBe(beside);
  await page.reload();
  await expect(tree(page)).toBeVisible();
  await expect(
    page.getByRole('button', { name: 'Pin the perimeter', pressed: true }),
  ).toBeVisible();
});

test('PER-06: the tree is walked by the keyboard alone', async ({ page }) => {
  await page.goto('/monitor');
  await expect(row(page, 'Kitchen')).toBeVisible();
  const shown = await rows(page);
  const active = async () => {
    const id = await tree(page).getAttribute('aria-activedescendant');
    return page.locator(`[id="${id}"]`).getAttribute('aria-label');
  };
  await filter(page).focus();
  await page.keyboard.press('Tab');
  await expect(tree(page)).toBeFocused();
  await page.keyboard.press('Home');
  expect(await active()).toBe(shown[0]);
  await page.keyboard.press('ArrowDown');
  expect(await active()).toBe(shown[1]);
  await page.keyboard.press('End');
  expect(await active()).toBe(shown.at(-1));

  // Left closes what is open, then goes to the parent; right opens, then goes to the first child.
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await expect(row(page, 'Kitchen')).toHaveCount(0);
  await expect(tree(page).getByRole('treeitem').first()).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('ArrowRight');
  await expect(row(page, 'Kitchen')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  expect(await active()).toBe(shown[1]);

  // A letter jumps, Enter shows, and the keyboard stays in the tree.
  await page.keyboard.press('k');
  expect(await active()).toBe('Kitchen');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();
  await expect(tree(page)).toBeFocused();
  await expect(row(page, 'Kitchen')).toHaveAttribute('aria-selected', 'true');
});

test('PER-15: view, selection and tab stand in the address, for reload, back and a colleague', async ({
  page,
  browser,
  wattline,
}) => {
  await page.goto('/monitor');
  await page.getByLabel('View').selectOption('Usage');
  await row(page, 'Kitchen').click();
  await page.getByRole('link', { name: 'Power', exact: true }).click();
  const path = await pageOfPoint(page.request, 'Kitchen');
  await expect(page).toHaveURL(`${path}/power?view=usage`);

  // The tab stays while one walks from circuit to circuit.
  await row(page, 'Hot water').click();
  await expect(page).toHaveURL(/\/power\?view=usage$/);
  await expect(page.getByRole('heading', { name: 'Hot water', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();
  await expect(row(page, 'Kitchen')).toHaveAttribute('aria-selected', 'true');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Power', exact: true })).toHaveAttribute(
    'aria-current',
    'page',
  );
  await expect(row(page, 'Kitchen')).toHaveAttribute('aria-selected', 'true');

  const colleague = await browser.newContext({ baseURL: wattline.url });
  const theirs = await colleague.newPage();
  await logIn(theirs);
  await theirs.goto(`${path}/power?view=usage`);
  await expect(theirs.getByLabel('View')).toHaveValue('usage');
  await expect(row(theirs, 'Kitchen')).toHaveAttribute('aria-selected', 'true');
  await colleague.close();
});

test('PER-15: addresses are clean, without leftovers', async ({ page }) => {
  await page.goto(await pageOfPoint(page.request, 'Kitchen'));
  await expect(page.getByRole('navigation', { name: 'Analyses' })).toBeVisible();
  const links = await page
    .getByRole('link')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(links.filter((link) => link === null || /undefined|null|NaN|\?$/.test(link))).toEqual([]);
});

test('PER-13: the band hides for more room and comes back', async ({ page }) => {
  await page.goto('/monitor');
  const band = page.getByRole('banner');
  await band.getByRole('button', { name: 'Hide this band' }).click();
  await expect(band).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Show the band' })).toBeVisible();
  await page.getByRole('button', { name: 'Show the band' }).click();
  await expect(band).toBeVisible();

  await page.getByRole('main').focus();
  await page.keyboard.press('b');
  await expect(band).toHaveCount(0);
  await page.keyboard.press('b');
  await expect(band).toBeVisible();
  // Where one types, the letter is a letter.
  await filter(page).pressSequentially('b');
  await expect(band).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true });

  test('PER-01: the perimeter is a sheet that a choice closes', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/monitor');
    await expect(panel(page)).toBeHidden();
    await page.getByRole('button', { name: 'Perimeter' }).tap();
    const sheet = page.getByRole('dialog', { name: 'Perimeter' });
    await expect(sheet).toBeVisible();
    await filter(page).fill('kitchen');
    await row(page, 'Kitchen').tap();
    await expect(sheet).toBeHidden();
    await expect(page.getByRole('heading', { name: 'Kitchen', level: 1 })).toBeVisible();

    await page.getByRole('button', { name: 'Perimeter' }).tap();
    await page.getByRole('button', { name: 'Close' }).tap();
    await expect(sheet).toBeHidden();
    // The page itself never scrolls sideways.
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  test('PLT-02: what is touched is at least 44 px high', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/', '/monitor', await pageOfPoint(page.request, 'Kitchen')]) {
      await page.goto(path);
      await expect(page.getByRole('main').locator('a, button').first()).toBeVisible();
      const small = await page
        .locator('button:visible, select:visible, input:visible, nav a:visible')
        .evaluateAll((all) =>
          all
            .filter((one) => one.getBoundingClientRect().height < 44)
            // The way past the band is for the keyboard.
            .filter((one) => !one.classList.contains('skip'))
            .map((one) => `${one.outerHTML.slice(0, 120)} ${one.getBoundingClientRect().height}`),
        );
      expect(small, path).toEqual([]);
    }
  });
});
