/**
 * Which address shows which page.
 *
 * Only this file, App.svelte and Shell.svelte know sv-router, so that it can be exchanged; all
 * others import from here. Pages are chunks of their own, fetched when first opened.
 */
import { createRouter } from 'sv-router';

const router = createRouter({
  '/login': () => import('./pages/login/Login.svelte'),
  '/': {
    layout: () => import('./Shell.svelte'),
    '/': () => import('./pages/home/Home.svelte'),
    // The same page for all three, so that going from one to another keeps it mounted.
    '/monitor': {
      '/': () => import('./pages/monitor/Monitor.svelte'),
      '/device': { '/:device': () => import('./pages/monitor/Monitor.svelte') },
      '/:point': {
        '/': () => import('./pages/monitor/Monitor.svelte'),
        '/:tab': () => import('./pages/monitor/Monitor.svelte'),
      },
    },
    '/password': () => import('./pages/password/Password.svelte'),
    '*': () => import('./pages/NotFound.svelte'),
  },
});

export const { p, navigate, isActive, route, preload } = createRouter({
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
  '/password': () => import('./pages/password/Password.svelte'),
  '*': () => import('./pages/NotFound.svelte'),
});
