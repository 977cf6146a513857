import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { firstLoadBudget } from './build/budget.ts';
import { precompress } from './build/precompress.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Relative addresses, so that one build works under any path: the server writes the path into
  // the `<base href>` of index.html when it starts.
  base: './',
  plugins: [svelte(), firstLoadBudget(), precompress()],
  resolve: {
    alias: {
      $lib: here('./src/lib'),
      $router: here('./src/router.ts'),
      $messages: here('../messages'),
    },
    // Without this Vitest takes Svelte's server build, which cannot mount a component.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
  },
  json: { stringify: true },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: {
    fs: { allow: ['..'] },
    proxy: {
      '/api': {
        target: process.env.WATTLINE_SERVER ?? 'http://127.0.0.1:8080',
        // The server refuses requests whose origin is not the host they ask for.
        changeOrigin: false,
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['./src/test-setup.ts'],
    restoreMocks: true,
  },
});
