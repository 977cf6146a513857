/** What the scripts of a first visit weigh: those that a browser without a cache asks for. */
import { gzipSync } from 'node:zlib';
import { expect, test } from '../support/test';
import { writePart } from '../support/rows';

test.use({ program: 'first_load' });

test('first load', async ({ page, request }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'script') asked.push(request.url());
  });
  const kilobytes = async (scripts: readonly string[]) => {
    const sizes = scripts.map(
      async (script) => gzipSync(await (await request.get(script)).body()).length,
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000;
  };

  await page.goto('/');
  await expect(page.getByLabel('Profile')).toBeVisible();
  const atLogIn = [...asked];
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('article', { name: 'Power now' })).toContainText('W');
  const atHome = [...asked];

  await writePart('web.first_load', [
    {
      name: 'web.first_load_kb_gz',
      value: await kilobytes(atLogIn),
      unit: 'kB',
      note: `${atLogIn.length} scripts until the log-in page answers, gzip level 6`,
    },
    {
      name: 'web.home_load_kb_gz',
      value: await kilobytes(atHome),
      unit: 'kB',
      note: `${atHome.length} scripts until Home shows its first power, log-in included`,
    },
  ]);
});
