/** How long a change in a register takes to the text on the page, through everything between. */
import type { Page } from '@playwright/test';
import type { LoadFault } from '../support/plant';
import { load, writePart } from '../support/rows';
import { logIn } from '../support/log_in';
import { expect, test } from '../support/test';

/** The plant's time stands still, so a text changes only where a register was made to. */
test.use({ setting: 'apart', program: 'change_to_screen' });

const CHANGES = 60;
/** Spreads the changes evenly over the poll period, to which they must not be tied. */
const STEP_MS = 617;
const POLL_PERIOD_MS = 1_000;

/** The clock of the browser's stamps, which is the machine's. */
const now = () => performance.timeOrigin + performance.now();

/** Stamps every change of the text from now on. */
async function watch(page: Page): Promise<() => Promise<number[]>> {
  await page.getByRole('article', { name: 'Power now' }).evaluate((tile) => {
    const text = () => tile.querySelector('.large')?.textContent;
    const stamps: number[] = [];
    let shown = text();
    const look = () => {
      if (text() === shown) return;
      shown = text();
      stamps.push(performance.timeOrigin + performance.now());
    };
    new MutationObserver(look).observe(tile, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    Object.assign(window, { stamps });
  });
  return () => page.evaluate(() => (window as unknown as { stamps: number[] }).stamps);
}

test('change to screen', async ({ page, wattline }) => {
  test.setTimeout(CHANGES * 5_000);
  await logIn(page);
  await page.goto('/');
  await expect(page.getByRole('article', { name: 'Power now' }).locator('.large')).toContainText(
    /\d/,
  );
  // What was on its way before the watch began has arrived.
  await page.waitForTimeout(3 * POLL_PERIOD_MS);
  const stamps = await watch(page);

  const delays: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    await page.waitForTimeout((change * STEP_MS) % POLL_PERIOD_MS);
    const faults: LoadFault[] = change % 2 === 0 ? [{ kind: 'wrong_ratio', factor: 2 }] : [];
    const changedAt = now();
    await wattline.plant.wrong('Main incomer', faults);
    await expect.poll(async () => (await stamps()).length, { timeout: 10_000 }).toBe(change + 1);
    delays.push(((await stamps())[change] as number) - changedAt);
  }

  delays.sort((a, b) => a - b);
  const quantile = (share: number) => delays[Math.ceil(share * CHANGES) - 1] as number;
  const note =
    `${CHANGES} changes from the order to the simulator to the mutation of the text, polled every ` +
    `${POLL_PERIOD_MS} ms; least ${quantile(1 / CHANGES).toFixed(0)}, most ${quantile(1).toFixed(0)}; ${load()}`;
  await writePart('web.change_to_screen', [
    { name: 'live.change_to_screen_ms', value: quantile(0.95), unit: 'ms', note: `p95 of ${note}` },
    {
      name: 'live.change_to_screen_p50_ms',
      value: quantile(0.5),
      unit: 'ms',
      note: `p50 of ${note}`,
    },
  ]);
});
