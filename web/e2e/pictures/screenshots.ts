/**
 * Pictures of every page in all sizes, themes and languages, into `/screenshots`:
 * `npm run screenshots`. They are made to be looked at; nothing compares them.
 */
import { logIn } from '../support/log_in';
import { test } from '../support/test';
import { dress, LOOKS, nameOf, pagesOf, settle, shoot } from './looks';

test.use({ program: 'screenshots' });

for (const look of LOOKS) {
  test(`pages, ${nameOf(look)}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.goto('/login');
    await dress(page, look);
    await page.reload();
    await settle(page);
    await shoot(page, 'login', look);
    await logIn(page, 'user', look.language);
    for (const [name, path] of await pagesOf(page.request)) {
      await page.goto(path);
      await settle(page);
      await shoot(page, name, look);
    }
    await page.goto('/password');
    await settle(page);
    await shoot(page, 'no-right', look);
    if (look.width < 720) {
      await page.goto('/monitor');
      await settle(page);
      await page.locator('nav [aria-haspopup="dialog"]').click();
      await settle(page);
      await shoot(page, 'perimeter-sheet', look, false);
      await page.keyboard.press('Escape');
      await page.locator('header [aria-haspopup="dialog"]').click();
      await shoot(page, 'phone-menu', look, false);
    }
  });
}
