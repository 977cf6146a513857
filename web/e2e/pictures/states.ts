/** Pictures of the bad days: what loads, what fails, what is silent, what is lost. */
import { FACTORY_PASSWORD, logIn, OURS } from '../support/log_in';
import { pageOfDevice, pageOfPoint } from '../support/site';
import { expect, test } from '../support/test';
import { dress, nameOf, settle, shoot, STATE_LOOKS } from './looks';

test.use({ program: 'states' });

test.beforeEach(({ complaints }) => {
  test.setTimeout(120_000);
  // They are brought about.
  complaints.expect(/./);
});

for (const look of STATE_LOOKS) {
  test(`states, ${nameOf(look)}`, async ({ page, wattline }) => {
    await page.goto('/login');
    await dress(page, look);
    await page.request.post('/api/v1/session', {
      headers: OURS,
      data: {
        profile: 'advanced_user',
        password: FACTORY_PASSWORD.advanced_user,
        language: look.language,
      },
    });
    await page.goto('/');
    await settle(page);
    await shoot(page, 'factory-password', look);

    await logIn(page, 'administrator', look.language);
    await page.goto('/password');
    await settle(page);
    await shoot(page, 'password', look);
    await page.goto('/configuration');
    await settle(page);
    await shoot(page, 'configuration', look);

    await logIn(page, 'user', look.language);
    const incomer = await pageOfPoint(page.request, 'Lighting and sockets');
    // Loading: answers take their time.
    await page.route('**/api/v1/{points,overview,circuits/*}', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await route.continue().catch(() => undefined);
    });
    for (const [name, path] of [
      ['loading-home', '/'],
      ['loading-monitor', incomer],
    ] as const) {
      await page.goto(path);
      await page.waitForTimeout(1_500);
      await shoot(page, name, look, false);
    }
    await page.unroute('**/api/v1/{points,overview,circuits/*}');

    // The server answers, but not this.
    await page.route('**/api/v1/overview', (route) => route.fulfill({ status: 500, body: '' }));
    await page.goto('/');
    await settle(page);
    await shoot(page, 'failing-overview', look);
    await page.unroute('**/api/v1/overview');
    await page.route('**/api/v1/points', (route) => route.fulfill({ status: 500, body: '' }));
    await page.goto('/monitor');
    await settle(page);
    await shoot(page, 'failing-site', look);
    await page.unroute('**/api/v1/points');
    await page.route('**/api/v1/*', (route) => route.abort());
    await page.goto('/');
    await settle(page);
    await shoot(page, 'no-server', look);
    await page.unroute('**/api/v1/*');

    // A device falls silent.
    await wattline.plant.fault('D-70 Main board', 4, { kind: 'silent' });
    await page.goto(incomer);
    await expect(page.locator('.banner')).toBeVisible({ timeout: 20_000 });
    await settle(page);
    await shoot(page, 'silent-device', look);
    await page.goto(await pageOfDevice(page.request, 'I-35 Floors'));
    await settle(page);
    await shoot(page, 'silent-device-page', look);
    await page.goto('/');
    await settle(page);
    await shoot(page, 'silent-home', look);
    await wattline.plant.fault('D-70 Main board', 4, { kind: 'none' });

    // The server is lost while a page is open, and the person logs out.
    await page.goto(`${incomer}/power`);
    await settle(page);
    await page.evaluate(() => window.stop());
    await wattline.stopServer();
    await expect(page.locator('.banner.critical')).toBeVisible({ timeout: 20_000 });
    await shoot(page, 'lost-server', look);
    await wattline.startServer();
    await expect(page.locator('.banner.critical')).toHaveCount(0, { timeout: 40_000 });
  });
}
