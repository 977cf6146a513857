/**
 * `test` of the browser tests: a program for each file, and no complaints.
 *
 * A file chooses its program by `test.use({ setting: 'demo', program: 'access' })`. Both options
 * belong to the worker, and a worker serves one set of them, so the name of the file gives it a
 * program of its own.
 */
import { test as base, expect } from '@playwright/test';
import { Complaints } from './complaints';
import { Wattline, type Setting } from './wattline';

interface PerTest {
  complaints: Complaints;
}

interface PerFile {
  setting: Setting;
  /** The name of the file, which keeps its program apart from those of other files. */
  program: string;
  wattline: Wattline;
}

export const test = base.extend<PerTest, PerFile>({
  setting: ['demo', { option: true, scope: 'worker' }],
  program: ['', { option: true, scope: 'worker' }],

  wattline: [
    async ({ setting, program }, use) => {
      void program;
      const wattline = await Wattline.start(setting);
      await use(wattline);
      await wattline.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  // Addresses in tests are paths of this file's server.
  baseURL: async ({ wattline }, use) => use(wattline.url),

  complaints: [
    async ({ context, wattline }, use) => {
      const complaints = new Complaints();
      complaints.listen(context);
      wattline.newLines();
      await use(complaints);
      complaints.readLog(wattline);
      expect(complaints.unexpected, 'complaints of the browser and the server').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
