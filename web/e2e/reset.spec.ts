import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { logIn } from './support/log_in';
import { pageOfPoint } from './support/site';
import { expect, test } from './support/test';
import type { Wattline } from './support/wattline';

test.use({ program: 'reset' });

const CIRCUIT = 'Kitchen';
const button = (page: Page, name = 'Reset partial energies') => page.getByRole('button', { name });

async function open(page: Page): Promise<void> {
  await page.goto((await pageOfPoint(page.request, CIRCUIT)) + '/energy');
  await expect(page.getByRole('heading', { name: CIRCUIT, level: 1 })).toBeVisible();
  await expect(page.getByRole('row', { name: /Ea\+/ }).first()).toBeVisible();
}

/** What the device itself has counted since its last reset. */
async function partial_wh(wattline: Wattline): Promise<number> {
  for (const gateway of (await wattline.plant.state()).gateways) {
    for (const { channels } of gateway.devices) {
      // The module with three loads: the kitchen is its second.
      const { circuit2 } = channels;
      if (circuit2) return circuit2.ea_import_partial_wh ?? Number.NaN;
    }
  }
  throw new Error('no device has a second circuit');
}

test('ACC-10: a user finds no button that resets', async ({ page }) => {
  await logIn(page, 'user');
  await open(page);
  await expect(button(page)).toHaveCount(0);
});

test('ACC-10 MON-21: the partial energies are reset at the device after a confirmation', async ({
  page,
  wattline,
}) => {
  await logIn(page, 'advanced_user');
  await open(page);
  const before = await partial_wh(wattline);
  expect(before).toBeGreaterThan(1_000);

  // Escape and the harmless button leave all as it is.
  const dialog = page.getByRole('dialog', { name: `Reset the partial energies of ${CIRCUIT}?` });
  await button(page).press('Enter');
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  const { violations } = await new AxeBuilder({ page }).include('dialog[open]').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(await partial_wh(wattline)).toBeGreaterThanOrEqual(before);

  await button(page).press('Enter');
  await dialog.getByRole('button', { name: 'Set them to zero' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'are at zero' })).toBeVisible();
  expect(await partial_wh(wattline)).toBeLessThan(before / 10);
});

test('ACC-10: what a device refuses is told in the language of the reader', async ({
  page,
  wattline,
  complaints,
}) => {
  complaints.expect(/server: .*exception_6/);
  const state = await wattline.plant.state();
  const gateway = state.gateways.find(({ devices }) =>
    devices.some(({ channels }) => channels.circuit2),
  );
  const unit = gateway?.devices.find(({ channels }) => channels.circuit2)?.unit_id ?? 0;
  await logIn(page, 'advanced_user', 'fr');
  await open(page);
  await wattline.plant.fault(gateway?.name ?? '', unit, { kind: 'exception', code: 6 });
  await button(page, 'Remettre à zéro les énergies partielles').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remettre à zéro' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'équipement occupé' })).toBeVisible();
  await wattline.plant.fault(gateway?.name ?? '', unit, { kind: 'none' });
});
