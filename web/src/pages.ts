/** The functions that exist: what the band offers, and what the shell asks before it shows one. */
import { isWithin } from '$lib/frame/within';
import type { MessageKey } from '$lib/i18n/index.svelte';
import type { Right } from '$lib/api/types';

export interface Page {
  path: string;
  title: MessageKey;
  /** The right without which the page is not shown. */
  right: Right;
  /** The perimeter stands beside this page. */
  perimeter: boolean;
}

const PAGES: readonly Page[] = [
  { path: '/', title: 'home.title', right: 'monitor', perimeter: false },
  { path: '/monitor', title: 'monitor.title', right: 'monitor', perimeter: true },
  { path: '/configuration', title: 'configuration.title', right: 'declare', perimeter: false },
  { path: '/password', title: 'password.title', right: 'change_own_password', perimeter: false },
];

/** The page at an address below the base path; `undefined` where there is none. */
export function pageOf(pathname: string): Page | undefined {
  return PAGES.find(({ path }) => isWithin(pathname, path));
}

/** Where whoever wants to go to `from` logs in first. */
export function logInAddress(from: string): string {
  return from === '/' ? '/login' : `/login?${new URLSearchParams({ from })}`;
}

/**
 * Where to go after log-in: back to where one was, but only to an address of our own pages, since
 * `from` stands in the address and anybody may have written it.
 */
export function returnAddress(from: string | null): string {
  const isOwn = from !== null && /^\/(?![/\\])/.test(from) && !from.startsWith('/login');
  return isOwn ? from : '/';
}
