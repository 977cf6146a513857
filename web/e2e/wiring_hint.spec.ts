/** The wiring hint over meters that the simulator wires wrongly, and over those that it does not. */
import { logIn } from './support/log_in';
import type { LoadFault } from './support/plant';
import { pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ setting: 'morning', program: 'wiring_hint' });

/** A hint takes half a minute to stand, and as long to go. */
const STANDS_MS = 75_000;

const FAULTS: readonly {
  load: string;
  fault: LoadFault;
  kind: string;
  phases: number[];
  words: RegExp;
}[] = [
  {
    load: 'Lighting and sockets',
    fault: { kind: 'reversed_current', phase: 'L2' },
    kind: 'sensor_reversed',
    phases: [2],
    words:
      /Sensor I2 seems mounted the wrong way round\.\s+P1 [\d.]+\skW, P2 −[\d.]+\skW, P3 [\d.]+\skW/,
  },
  {
    load: 'Car chargers',
    fault: { kind: 'swapped_phases', phase: 'L1', with: 'L3' },
    kind: 'sensors_exchanged',
    phases: [1, 3],
    words: /Sensors I1 and I3 seem exchanged\./,
  },
  {
    load: 'Main incomer',
    fault: { kind: 'missing_voltage', phase: 'L3' },
    kind: 'voltage_missing',
    phases: [3],
    words: /Phase L3 carries current without voltage.*V3 0\.0\sV/,
  },
  {
    load: 'Server room',
    fault: { kind: 'reversed_current', phase: 'L1' },
    kind: 'sensor_reversed',
    phases: [1],
    words: /Sensor I1 seems mounted the wrong way round\./,
  },
];

/** Nothing is wrong with these; the roof feeds back, and is declared so. */
const HEALTHY = ['Kitchen', 'Air handling', 'Lifts', 'Solar roof'];

test('MON-15: each fault of wiring is named with its evidence, and healthy circuits get no hint', async ({
  page,
  wattline,
}) => {
  test.setTimeout(240_000);
  await logIn(page);
  const hintOf = async (point: string): Promise<{ kind: string; phases: number[] } | null> => {
    const id = (await pageOfPoint(page.request, point)).split('/').at(-1);
    const answer = await page.request.get(`/api/v1/circuits/${id}/wiring-hint`);
    return ((await answer.json()) as { hint: { kind: string; phases: number[] } | null }).hint;
  };
  for (const { load, fault } of FAULTS) await wattline.plant.wrong(load, [fault]);
  for (const { load, kind, phases, words } of FAULTS) {
    await expect
      .poll(() => hintOf(load), { message: load, timeout: STANDS_MS })
      .toMatchObject({ kind, phases });
    await page.goto(await pageOfPoint(page.request, load));
    await expect(page.getByRole('status').filter({ hasText: words })).toBeVisible();
    await expect(page.getByText('Values are shown as measured.')).toBeVisible();
  }
  for (const point of HEALTHY) expect(await hintOf(point), point).toBeNull();

  for (const { load } of FAULTS) await wattline.plant.wrong(load, []);
  for (const { load } of FAULTS) {
    await expect.poll(() => hintOf(load), { message: load, timeout: STANDS_MS }).toBeNull();
  }
});
