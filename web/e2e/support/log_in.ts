/** Ways in: through the form, as a person does, and through the API, where the form is not the point. */
import type { APIRequestContext, Page } from '@playwright/test';
import { expect } from './test';

export type Profile = 'user' | 'advanced_user' | 'administrator';

/** A foreign page cannot set this header, so the API asks for it where something changes. */
export const OURS = { 'x-wattline': '1' };

/** What the upper profiles are shipped with: it opens only the form that replaces it. */
export const FACTORY_PASSWORD = { advanced_user: 'UserAdvanced', administrator: 'Admin' } as const;

/** Strong enough, and the same for all tests of a program. */
export const NEW_PASSWORD = 'Tension-230-volt';

const NAMES = {
  user: 'User',
  advanced_user: 'Advanced User',
  administrator: 'Administrator',
} as const;

/** Fills in the log-in form, which is open, and sends it. */
export async function fillIn(page: Page, profile: Profile, password?: string): Promise<void> {
  await page.getByLabel('Profile').selectOption({ label: NAMES[profile] });
  if (password !== undefined) await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Logs the page's browser in without the form, so that pages can be opened at once. */
export async function logIn(
  page: Page,
  profile: Profile = 'user',
  language: 'en' | 'fr' = 'en',
): Promise<void> {
  await enter(page.request, profile, language);
}

/** Logs in and, on the first time, replaces the factory password. */
export async function enter(
  request: APIRequestContext,
  profile: Profile,
  language: 'en' | 'fr' = 'en',
): Promise<void> {
  const send = (password?: string) =>
    request.post('/api/v1/session', { headers: OURS, data: { profile, language, password } });
  if (profile === 'user') {
    expect((await send()).status()).toBe(200);
    return;
  }
  const factory = FACTORY_PASSWORD[profile];
  if ((await send(NEW_PASSWORD)).status() === 200) return;
  expect((await send(factory)).status()).toBe(200);
  const changed = await request.put('/api/v1/session/password', {
    headers: OURS,
    data: { current: factory, new: NEW_PASSWORD },
  });
  expect(changed.status()).toBe(200);
}

/** The session cookie of a page's browser, as a request header. */
export async function cookieOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}
