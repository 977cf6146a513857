/**
 * Which address shows which page.
 *
 * Only this file, App.svelte and Shell.svelte know sv-router, so that it can be exchanged; all
 * others import from here. Pages are chunks of their own, fetched when first opened.
 */
import { createRouter } from 'sv-router';

const router = createRouter({
  layout: () => import('./Shell.svelte'),
  // In brackets: without the layout.
  '/(login)': () => import('./pages/login/Login.svelte'),
  '/': () => import('./pages/home/Home.svelte'),
  // The same page for all of them, so that going from one to another keeps it mounted.
  '/monitor': {
    '/': () => import('./pages/monitor/Monitor.svelte'),
    '/device': { '/:device': () => import('./pages/monitor/Monitor.svelte') },
    '/:point': {
      '/': () => import('./pages/monitor/Monitor.svelte'),
      '/:tab': () => import('./pages/monitor/Monitor.svelte'),
    },
  },
  '/configuration': () => import('./pages/configuration/Configuration.svelte'),
  '/password': () => import('./pages/password/Password.svelte'),
  '*': () => import('./pages/NotFound.svelte'),
});

export const { navigate, isActive, route, preload } = router;

const construct = router.p as (path: string, options?: { search?: object | undefined }) => string;

/** The address of a page, for links. */
export const p = ((path, options) => {
  // sv-router would write an empty search as "undefined".
  const isEmpty = options?.search !== undefined && Object.keys(options.search).length === 0;
  return isEmpty ? construct(path, { ...options, search: undefined }) : construct(path, options);
}) as typeof construct as typeof router.p;
