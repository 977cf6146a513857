import { defineConfig, devices } from '@playwright/test';

/** Debian's browser, so that nothing is downloaded; `CHROMIUM` names another one. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * The browser tests: the pages as the built program serves them, over a simulated plant.
 *
 * Each file has a program of its own (`e2e/support/test.ts`), so files run beside each other and
 * the tests of one file in their order.
 */
export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  workers: 2,
  // Real browsers over real time: a machine that is busy elsewhere gets a second and third try.
  retries: 2,
  forbidOnly: Boolean(process.env.CI),
  // A machine that builds beside the tests is slow.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath,
      args: [
        // Tests run as root in containers, where the sandbox cannot start.
        '--no-sandbox',
        // Nothing goes out: no updates, no field trials, no accounts.
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-domain-reliability',
        '--disable-sync',
        '--no-first-run',
        // Shared memory is small in containers.
        '--disable-dev-shm-usage',
      ],
    },
  },
  projects: [
    { name: 'pages', testMatch: '*.spec.ts' },
    { name: 'screenshots', testMatch: 'pictures/{screenshots,states,empty}.ts' },
    // One after the other: what is measured has the machine for itself.
    { name: 'bench', testMatch: 'bench/*.ts', workers: 1, retries: 0 },
    { name: 'readme', testMatch: 'pictures/readme.ts' },
  ],
});
