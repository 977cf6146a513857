import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
  cookieOf,
  enter,
  FACTORY_PASSWORD,
  fillIn,
  logIn,
  NEW_PASSWORD,
  OURS,
} from './support/log_in';
import { expect, test } from './support/test';

test.use({ program: 'access' });

/** A refused password is worth a line in the log (ACC-15), and the browser names every refusal. */
const REFUSED = [/console error: .*(401|403|422|429).*\/session/, /server: .* WARN .*password/i];

const factoryForm = (page: Page) => page.getByRole('heading', { name: 'Choose a new password' });
const account = (page: Page, profile: string) =>
  page.getByRole('button', { name: `Account: ${profile}` });

async function replacePassword(page: Page, current: string, wanted: string, again = wanted) {
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password', { exact: true }).fill(wanted);
  await page.getByLabel('New password again').fill(again);
  await page.getByRole('button', { name: 'Change the password' }).click();
}

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
}

test('ACC-01 ACC-02 ACC-07 ACC-08: User is offered first, needs no password and lands on home', async ({
  page,
}) => {
  await page.goto('/');
  await expect(page).toHaveURL('/login');
  const profile = page.getByLabel('Profile');
  await expect(profile.getByRole('option')).toHaveText(['User', 'Advanced User', 'Administrator']);
  await expect(profile).toHaveValue('user');
  await expect(page.getByLabel('Language').getByRole('option')).toHaveText(['English', 'Français']);
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toBeDisabled();
  await page.getByRole('button', { name: 'Log in' }).click();

  await expect(page).toHaveURL('/');
  await expect(page.getByRole('banner')).toContainText('User');
  await expect(page.getByRole('heading', { name: 'Home' })).toBeAttached();
});

for (const [profile, name] of [
  ['advanced_user', 'Advanced User'],
  ['administrator', 'Administrator'],
] as const) {
  const factory = FACTORY_PASSWORD[profile];

  test(`ACC-03 ACC-05 SEC-02 SEC-03: ${name} enters by the factory password only to replace it`, async ({
    page,
    complaints,
  }) => {
    complaints.expect(...REFUSED);
    await page.goto('/login');
    await fillIn(page, profile, factory);
    await expect(factoryForm(page)).toBeVisible();

    // Nothing else opens: no page, and nothing of the API.
    await page.goto('/monitor');
    await expect(factoryForm(page)).toBeVisible();
    await expect(page.getByRole('navigation')).toHaveCount(0);
    const refused = await page.request.get('/api/v1/site');
    expect(refused.status()).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'must_change_password' });

    // What a new password lacks is told while it is typed, and the server refuses it, too.
    const rule = (text: string) => page.getByRole('listitem').filter({ hasText: text });
    await page.getByLabel('New password', { exact: true }).fill('Voltage');
    await expect(rule('an upper-case letter')).toContainText('done');
    await expect(rule('at least 10 characters')).not.toContainText('done');
    await expect(rule('a digit')).not.toContainText('done');
    await expect(rule('a special character')).not.toContainText('done');
    await replacePassword(page, factory, 'Voltage');
    await expect(page.getByRole('alert')).toHaveText(/lacks something/);
    const weak = await page.request.put('/api/v1/session/password', {
      headers: OURS,
      data: { current: factory, new: 'Voltage' },
    });
    expect(weak.status()).toBe(422);
    const { code, rules } = (await weak.json()) as { code: string; rules: string[] };
    expect(code).toBe('weak_password');
    expect(rules.toSorted()).toEqual(['digit', 'length', 'special']);

    await replacePassword(page, factory, NEW_PASSWORD, `${NEW_PASSWORD}!`);
    await expect(page.getByRole('alert')).toHaveText('The two new passwords differ.');
    await replacePassword(page, 'something else', NEW_PASSWORD);
    await expect(page.getByRole('alert')).toHaveText('The current password is wrong.');
    await replacePassword(page, factory, NEW_PASSWORD);
    await expect(account(page, name)).toBeVisible();

    // From now on only the new one is taken, to the letter.
    await logOut(page);
    await fillIn(page, profile, factory);
    await expect(page.getByRole('alert')).toHaveText('Profile or password is wrong.');
    await fillIn(page, profile, NEW_PASSWORD.toLowerCase());
    await expect(page.getByRole('alert')).toHaveText('Profile or password is wrong.');
    await fillIn(page, profile, NEW_PASSWORD);
    await expect(page).toHaveURL('/');
    await expect(account(page, name)).toBeVisible();
  });
}

test('ACC-04 ACC-06 ACC-10 ACC-11: User finds no function beyond his rights, and the API refuses him', async ({
  page,
}) => {
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('navigation', { name: 'Functions' }).getByRole('link')).toHaveText([
    'Home',
    'Monitor',
  ]);
  await expect(page.getByRole('button', { name: /^Account/ })).toHaveCount(0);
  await page.goto('/monitor/3/energy');
  await expect(page.getByRole('heading', { name: 'Counters' })).toBeVisible();
  await expect(page.getByRole('button', { name: /reset/i })).toHaveCount(0);
  await page.goto('/password');
  await expect(
    page.getByRole('heading', { name: 'This page is not for this profile' }),
  ).toBeVisible();

  const attempts = [
    page.request.get('/api/v1/configuration'),
    page.request.put('/api/v1/configuration', { headers: OURS, data: {} }),
    page.request.put('/api/v1/session/password', {
      headers: OURS,
      data: { current: '', new: NEW_PASSWORD },
    }),
  ];
  for (const answer of await Promise.all(attempts)) {
    expect(answer.status(), answer.url()).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'no_right' });
  }
});

test('HOM-02 HOM-09: the spanner is there for the Administrator and for nobody else', async ({
  page,
  complaints,
}) => {
  complaints.expect(...REFUSED);
  const spanner = page.getByRole('banner').getByRole('link', { name: 'Configuration' });
  const notFor = page.getByRole('heading', { name: 'This page is not for this profile' });
  const heading = page.getByRole('heading', { name: 'Configuration', level: 1 });

  for (const profile of ['user', 'advanced_user'] as const) {
    await logIn(page, profile);
    await page.goto('/');
    await expect(page.getByRole('banner').getByRole('link', { name: 'Monitor' })).toBeVisible();
    await expect(spanner, profile).toHaveCount(0);
    await page.goto('/configuration');
    await expect(notFor, profile).toBeVisible();
    await expect(heading, profile).toHaveCount(0);
  }

  await logIn(page, 'administrator');
  for (const path of ['/', '/monitor', '/monitor/3', '/password']) {
    await page.goto(path);
    await expect(spanner, path).toBeVisible();
  }
  await spanner.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/configuration');
  await expect(heading).toBeVisible();
  await expect(notFor).toHaveCount(0);
});

test('HOM-09: the installation goes out as a file, and in again once it is said what it replaces', async ({
  page,
  complaints,
}) => {
  complaints.expect(...REFUSED, /console error: .*422.*configuration/);
  await logIn(page, 'administrator');
  await page.goto('/configuration');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export the installation' }).click();
  const file = await (await downloading).path();
  const whole = JSON.parse(readFileSync(file, 'utf8')) as {
    sources: object[];
    points: object[];
    mounts: object[];
  };
  const give = (document: object) =>
    page.locator('input[type=file]').setInputFiles({
      name: 'site.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(document)),
    });
  const question = page.getByRole('dialog', { name: /^Replace the installation/ });
  const replace = question.getByRole('button', { name: 'Replace the installation' });
  const counts = `${whole.sources.length} sources and ${whole.points.length} points`;

  await give({ ...whole, points: [], mounts: [] });
  await expect(question).toContainText(`declares ${whole.sources.length} sources and 0 points`);
  await expect(question).toContainText(`take the place of the ${counts}`);
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);

  await give({ ...whole, mounts: [{ ...whole.mounts[0], point: 999 }] });
  await replace.click();
  await expect(page.getByRole('alert')).toContainText('site.json was not taken.');
  await expect(page.getByRole('alert').getByRole('listitem').first()).toContainText('mounts');

  await give(whole);
  await replace.click();
  await expect(page.getByText(`site.json is in force: ${counts}.`)).toBeVisible();
  const answer = await page.request.get('/api/v1/configuration');
  expect(await answer.json()).toEqual(whole);
});

test('ACC-04 ACC-11: only the Administrator declares', async ({
  playwright,
  wattline,
  complaints,
}) => {
  complaints.expect(...REFUSED);
  for (const [profile, status] of [
    ['advanced_user', 403],
    ['administrator', 200],
  ] as const) {
    const request = await playwright.request.newContext({ baseURL: wattline.url });
    await enter(request, profile);
    expect((await request.get('/api/v1/configuration')).status(), profile).toBe(status);
    await request.dispose();
  }
});

test('ACC-06 CFG-03: a profile changes its own password, and the other sessions of it end', async ({
  page,
  playwright,
  wattline,
  complaints,
}) => {
  complaints.expect(...REFUSED);
  const elsewhere = await playwright.request.newContext({ baseURL: wattline.url });
  await enter(elsewhere, 'advanced_user');
  await logIn(page, 'advanced_user');
  await page.goto('/');
  await account(page, 'Advanced User').click();
  await page.getByRole('menuitem', { name: 'Change password' }).click();
  await expect(page).toHaveURL('/password');
  await replacePassword(page, 'Guessed-1234', 'Another-400-volt');
  await expect(page.getByRole('alert')).toHaveText('The current password is wrong.');
  await replacePassword(page, NEW_PASSWORD, 'Another-400-volt');
  await expect(page.getByText('The password is changed.')).toBeVisible();
  expect((await elsewhere.get('/api/v1/site')).status()).toBe(401);
  await elsewhere.dispose();

  // And back, for the tests that follow.
  await replacePassword(page, 'Another-400-volt', NEW_PASSWORD);
  await expect(page.getByLabel('Current password')).toHaveValue('');
  await expect(page.getByRole('alert')).toHaveText('');
});

test('ACC-09: log-out ends the session on the server, so that a kept cookie opens nothing', async ({
  page,
  playwright,
  wattline,
}) => {
  await logIn(page);
  await page.goto('/monitor');
  const thief = await playwright.request.newContext({
    baseURL: wattline.url,
    extraHTTPHeaders: { cookie: await cookieOf(page) },
  });
  expect((await thief.get('/api/v1/site')).status()).toBe(200);
  await logOut(page);
  // Who logs out himself is not led back to where he was.
  await expect(page).toHaveURL('/login');
  const refused = await thief.get('/api/v1/site');
  expect(refused.status()).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'not_logged_in' });
  await thief.dispose();
});

test('ACC-09: log-out is on every page, even without the band', async ({ page }) => {
  await logIn(page);
  for (const path of ['/', '/monitor', '/monitor/3', '/monitor/device/1', '/nowhere']) {
    await page.goto(path);
    await expect(page.getByRole('button', { name: 'Log out' }), path).toBeVisible();
  }
  await page.keyboard.press('b');
  await expect(page.getByRole('banner')).toHaveCount(0);
  await logOut(page);
});

test('NFR-10: a session that ended leads to log-in, and log-in back to where one was', async ({
  page,
  playwright,
  wattline,
  complaints,
}) => {
  // The open stream is refused when it asks again.
  complaints.expect(/console error: .*401.*\/api\/v1\//);
  await logIn(page);
  await page.goto('/monitor/4/power?view=usage');
  await expect(page.getByRole('heading', { name: 'Air handling', level: 1 })).toBeVisible();
  const elsewhere = await playwright.request.newContext({
    baseURL: wattline.url,
    extraHTTPHeaders: { ...OURS, cookie: await cookieOf(page) },
  });
  expect((await elsewhere.delete('/api/v1/session')).status()).toBe(204);
  await elsewhere.dispose();

  await expect(page.getByText('Your session has ended.')).toBeVisible({ timeout: 15_000 });
  await fillIn(page, 'user');
  await expect(page).toHaveURL('/monitor/4/power?view=usage');
  await expect(page.getByRole('heading', { name: 'Air handling', level: 1 })).toBeVisible();
});

test('NFR-10: log-in leads back to addresses of these pages only', async ({ page }) => {
  await page.goto('/monitor/5?view=fluid');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await fillIn(page, 'user');
  await expect(page).toHaveURL('/monitor/5?view=fluid');
  await logOut(page);
  await page.goto('/login?from=%2F%2Fexample.org%2F');
  await fillIn(page, 'user');
  await expect(page).toHaveURL('/');
});

test('ACC-07: the language chosen at log-in holds for the pages behind it', async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel('Language').selectOption('fr');
  await expect(page.getByRole('heading', { name: 'Connexion' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await expect(page.getByRole('link', { name: 'Accueil' })).toBeVisible();
  const session = (await (await page.request.get('/api/v1/session')).json()) as object;
  expect(session).toMatchObject({ language: 'fr' });
  await page.reload();
  await expect(page.getByRole('link', { name: 'Accueil' })).toBeVisible();
});

// Last in its file: for a minute the profile is shut afterwards.
test('ACC-15: a wrong password has one neutral message, and guessing is stopped', async ({
  page,
  complaints,
}) => {
  complaints.expect(...REFUSED);
  await page.goto('/login');
  const message = page.getByRole('alert');
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await fillIn(page, 'administrator', `Guess-number-${attempt}`);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    await expect(message).toHaveText(
      /^(Profile or password is wrong\.|Too many attempts\. Wait a minute and try again\.)$/,
    );
  }
  await fillIn(page, 'administrator', NEW_PASSWORD);
  await expect(message).toHaveText('Too many attempts. Wait a minute and try again.');
  // Nobody is shut out by guesses at another profile.
  await fillIn(page, 'user');
  await expect(page).toHaveURL('/');
});
