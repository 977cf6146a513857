/** Pictures of a server that nobody told of a site. */
import { logIn } from '../support/log_in';
import { test } from '../support/test';
import { dress, nameOf, settle, shoot, STATE_LOOKS } from './looks';

test.use({ setting: 'empty', program: 'empty-screenshots' });

for (const look of STATE_LOOKS) {
  test(`an empty server, ${nameOf(look)}`, async ({ page }) => {
    await page.goto('/login');
    await dress(page, look);
    for (const [name, profile, path] of [
      ['empty-home', 'user', '/'],
      ['empty-monitor', 'user', '/monitor'],
      ['empty-home-administrator', 'administrator', '/'],
    ] as const) {
      await logIn(page, profile, look.language);
      await page.goto(path);
      await settle(page);
      await shoot(page, name, look);
    }
  });
}
