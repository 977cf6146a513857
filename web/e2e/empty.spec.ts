import { readFileSync } from 'node:fs';
import { logIn } from './support/log_in';
import { DEMO_SITE, demoSite } from './support/site';
import { expect, test } from './support/test';

test.use({ setting: 'empty', program: 'empty' });

/** Nothing answers at the addresses of the demo's document. */
const UNREACHED = /server: .* WARN .*(connect|refused)/i;

test('HOM-01: a server without sources says so, and who can go on', async ({ page }) => {
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'No source is declared yet' })).toBeVisible();
  await expect(page.getByText('Only the Administrator declares sources.')).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(0);
  await page.getByRole('link', { name: 'Monitor' }).click();
  await expect(page.getByText('No circuit is declared yet.')).toBeVisible();
  await page.goto('/');
  await page.getByRole('button', { name: 'Log in as Administrator' }).click();
  await expect(page).toHaveURL('/login');
});

test('ACC-11 HOM-07: the Administrator imports a document; a wrong one is refused with its mistakes', async ({
  page,
  complaints,
}) => {
  complaints.expect(UNREACHED, /console error: .*(401|403|422).*/, /WARN .*password/);
  await logIn(page, 'administrator');
  await page.goto('/');
  const input = page.getByLabel('Import the installation');
  const give = (document: object) =>
    input.last().setInputFiles({
      name: 'site.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(document)),
    });

  const whole = JSON.parse(readFileSync(DEMO_SITE, 'utf8')) as Record<string, object[]>;
  await give({ ...whole, mounts: [{ point: 999, source: 1, channel: 'circuit1' }] });
  await expect(page.getByRole('alert')).toContainText('site.json was not taken.');
  await expect(page.getByRole('alert').getByRole('listitem').first()).toContainText('mounts');

  // Sources alone: what they feed has no tile yet.
  await give({ ...whole, points: [], mounts: [] });
  await expect(page.getByRole('article', { name: 'Sources answering' })).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(1);

  const answer = await page.request.put('/api/v1/configuration', {
    headers: { 'x-wattline': '1' },
    data: whole,
  });
  expect(answer.status()).toBe(200);
  await page.reload();
  await expect(page.getByRole('article', { name: 'Power now' })).toBeVisible();
  // Nothing was ever measured here, and nothing is made up.
  await expect(page.getByRole('article', { name: 'Power now' }).locator('.large')).toContainText(
    '–',
  );
  await expect(page.getByRole('article', { name: 'Sources answering' })).toContainText(
    `of ${demoSite().sources.length}`,
  );
});
