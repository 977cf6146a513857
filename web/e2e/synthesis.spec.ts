/**
 * The drawings of Monitor say what the device holds: tips of arrows and heights of bars are read
 * back from the page and compared with the formulas over the simulator's own state. The plant
 * stands still, so that both are of one moment.
 */
import type { Page } from '@playwright/test';
import { isRounded, readFigure, readTable } from './support/figures';
import { logIn } from './support/log_in';
import type { ChannelState } from './support/plant';
import { pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ setting: 'apart', program: 'synthesis' });

const NOMINAL_V = 230;
/** A current's longest arrow ends at this share of the ring. */
const CURRENT_SHARE = 0.8;

interface Drawn {
  radius: number;
  /** Length in pixels and angle in degrees of each arrow. */
  arrows: Record<string, { length: number; degrees: number }>;
}

/** Reads a drawing back: the middle of a head's path is its tip, y grows downwards. */
async function read(page: Page, drawing: RegExp): Promise<Drawn> {
  return page.getByRole('img', { name: drawing }).evaluate((svg) => {
    const radii = [...svg.querySelectorAll('circle')].map((circle) => circle.r.baseVal.value);
    const arrows: Record<string, { length: number; degrees: number }> = {};
    for (const arrow of svg.querySelectorAll<SVGElement>('[data-vector]')) {
      const path = arrow.querySelector('.head')?.getAttribute('d') ?? '';
      const [, x = NaN, y = NaN] = /L([-\d.]+) ([-\d.]+)L/.exec(path)?.map(Number) ?? [];
      arrows[arrow.dataset['vector'] ?? ''] = {
        length: Math.hypot(x, y),
        degrees: (Math.atan2(-y, x) * 180) / Math.PI,
      };
    }
    return { radius: Math.max(...radii), arrows };
  });
}

type Expected = Record<string, { length: number; degrees: number }>;

/** What is wrong with the arrows drawn: half a pixel and half a degree are the eye's measure. */
function mistakes({ arrows, radius }: Drawn, expected: Expected): string[] {
  const missing = Object.keys(arrows).filter((key) => !(key in expected));
  return [
    ...missing.map((key) => `${key} is drawn and not expected`),
    ...Object.entries(expected).flatMap(([key, { length, degrees }]) => {
      const arrow = arrows[key];
      if (!arrow) return [`${key} is not drawn`];
      const turned = ((arrow.degrees - degrees + 540) % 360) - 180;
      const isRight = Math.abs(arrow.length - length * radius) < 0.5 && Math.abs(turned) < 0.5;
      return isRight
        ? []
        : [
            `${key} is ${arrow.length} px at ${arrow.degrees}°, not ${length * radius} at ${degrees}°`,
          ];
    }),
  ];
}

const of = (held: ChannelState, key: string): number => {
  const value = held[key];
  if (typeof value !== 'number') throw new Error(`the device holds no ${key}`);
  return value;
};
const degrees = (radians: number) => (radians * 180) / Math.PI;
const phi = (held: ChannelState, phase: string) =>
  degrees(Math.atan2(of(held, `q${phase}_var`), of(held, `p${phase}_w`)));
/** The angle between two phase voltages by the line voltage across them (formulas, §3). */
const between = (a: number, b: number, line: number) =>
  degrees(Math.acos((a * a + b * b - line * line) / (2 * a * b)));

function currents(held: ChannelState, angleOf: (phase: string) => number): Expected {
  const phases = ['1', '2', '3'].filter((phase) => typeof held[`i${phase}_a`] === 'number');
  const largest = Math.max(...phases.map((phase) => of(held, `i${phase}_a`)));
  return Object.fromEntries(
    phases.map((phase) => [
      `i${phase}`,
      {
        length: (CURRENT_SHARE * of(held, `i${phase}_a`)) / largest,
        degrees: angleOf(phase),
      },
    ]),
  );
}

async function held(
  plant: { device(name: string): Promise<{ channels: Readonly<Record<string, ChannelState>> }> },
  device: string,
  channel: string,
): Promise<ChannelState> {
  return (await plant.device(device)).channels[channel] as ChannelState;
}

async function open(page: Page, point: string, tab = ''): Promise<void> {
  await page.goto((await pageOfPoint(page.request, point)) + tab);
  await expect(page.getByRole('heading', { name: point, level: 1 })).toBeVisible();
}

async function expectPhasors(page: Page, expected: Expected): Promise<void> {
  await expect
    .poll(async () => mistakes(await read(page, /^Phasor diagram/), expected))
    .toEqual([]);
}

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

test('MON-15: phasors have the angles that the device gives, with voltages and currents to scale', async ({
  page,
  wattline,
}) => {
  const state = await held(wattline.plant, 'I-35 Floors', 'circuit1');
  await open(page, 'Lighting and sockets');
  await expectPhasors(page, {
    ...Object.fromEntries(
      ['1', '2', '3'].map((phase) => [
        `v${phase}`,
        {
          length: of(state, `v${phase}_v`) / NOMINAL_V,
          degrees: of(state, `v_angle${phase}_deg`),
        },
      ]),
    ),
    ...currents(state, (phase) => of(state, `i_angle${phase}_deg`)),
  });
  await expect(page.getByText(/angles from the device, phase order 1-2-3/)).toBeVisible();
});

test('MON-15: without angles from the device they follow from V, U, P and Q, and that is said', async ({
  page,
  wattline,
}) => {
  const state = await held(wattline.plant, 'DIRIS A-10 Car park', 'circuit1');
  expect(state['v_angle1_deg']).toBeUndefined();
  const v = ['1', '2', '3'].map((phase) => of(state, `v${phase}_v`)) as [number, number, number];
  const angles: Record<string, number> = {
    '1': 0,
    '2': -between(v[0], v[1], of(state, 'u12_v')),
    '3': between(v[2], v[0], of(state, 'u31_v')),
  };
  await open(page, 'Car chargers');
  await expectPhasors(page, {
    ...Object.fromEntries(
      ['1', '2', '3'].map((phase, index) => [
        `v${phase}`,
        { length: (v[index] ?? NaN) / NOMINAL_V, degrees: angles[phase] ?? NaN },
      ]),
    ),
    ...currents(state, (phase) => (angles[phase] ?? NaN) - phi(state, phase)),
  });
  await expect(page.getByText('angles computed by Wattline')).toBeVisible();
});

test('MON-25: on three wires the phasors are those of U, and no V is shown', async ({
  page,
  wattline,
}) => {
  const state = await held(wattline.plant, 'I-35 Air handling', 'circuit1');
  await open(page, 'Air handling');
  await expectPhasors(page, {
    ...Object.fromEntries(
      ['12', '23', '31'].map((pair) => [
        `u${pair}`,
        {
          length: of(state, `u${pair}_v`) / (NOMINAL_V * Math.sqrt(3)),
          degrees: of(state, `u_angle${pair}_deg`),
        },
      ]),
    ),
    ...currents(state, (phase) => of(state, `i_angle${phase}_deg`)),
  });
  const heads = (await readTable(page.getByRole('region', { name: 'All figures' }))).map(
    ({ head }) => head,
  );
  expect(heads.filter((head) => /(^|of )(v|V)oltage V/.test(head))).toEqual([]);
});

test('MON-10 MON-12: the network has the phasors of its voltages and its nominal values', async ({
  page,
  wattline,
}) => {
  const state = await held(wattline.plant, 'U-30 Voltage', 'network1');
  // A circuit of a current module shows the network that feeds it, the network itself too (MON-28).
  for (const [point, tab] of [
    ['Main network', ''],
    ['Server room', '/network'],
  ] as const) {
    await open(page, point, tab);
    await expectPhasors(
      page,
      Object.fromEntries(
        ['1', '2', '3'].map((phase) => [
          `v${phase}`,
          {
            length: of(state, `v${phase}_v`) / NOMINAL_V,
            degrees: of(state, `v_angle${phase}_deg`),
          },
        ]),
      ),
    );
    await expect(page.getByRole('img', { name: 'Wiring 3P+N' }).first()).toBeVisible();
    await expect(page.getByText('nominal 50 Hz')).toBeVisible();
    const shown = await page.locator('[data-key=u_sys_v]').textContent();
    expect(isRounded(readFigure(shown ?? ''), of(state, 'u_sys_v')), shown ?? '').toBe(true);
  }
});

test('MON-16: the four quadrants have S at (P, Q), with its sense in words', async ({
  page,
  wattline,
}) => {
  for (const [point, device, channel, nominal, words] of [
    ['Lighting and sockets', 'I-35 Floors', 'circuit1', 3 * NOMINAL_V * 100, 'import, inductive'],
    ['Server room', 'I-35 Rooms', 'circuit1', NOMINAL_V * 32, 'import, capacitive'],
    ['Air handling', 'I-35 Air handling', 'circuit1', 3 * NOMINAL_V * 63, 'import, inductive'],
    ['Solar roof', 'I-35 Solar roof', 'circuit1', 3 * NOMINAL_V * 63, 'export'],
  ] as const) {
    const state = await held(wattline.plant, device, channel);
    const [p, q] = [of(state, 'p_w'), of(state, 'q_var')];
    await open(page, point);
    const expected = {
      s: { length: Math.hypot(p, q) / nominal, degrees: degrees(Math.atan2(q, p)) },
    };
    await expect
      .poll(async () => mistakes(await read(page, /^Four quadrants/), expected), point)
      .toEqual([]);
    await expect(page.getByRole('img', { name: /^Four quadrants/ })).toHaveAccessibleName(
      new RegExp(words),
    );
  }
});

test('MON-06 PLT-13: a single-phase circuit has one voltage and one current', async ({ page }) => {
  await open(page, 'Kitchen');
  await expect
    .poll(async () => Object.keys((await read(page, /^Phasor diagram/)).arrows).sort())
    .toEqual(['i1', 'v1']);
  await expect(page.getByText(/unbalance/i).first()).toBeHidden();
});

const PLOT_PX = 258;

/** Heights of the bars of a chart in percent, by rank and phase. */
async function bars(page: Page, chart: RegExp): Promise<Record<string, number>> {
  const { top, heights } = await page.getByRole('img', { name: chart }).evaluate((svg) => ({
    top: Math.max(
      ...[...svg.querySelectorAll('line.grid + text')].map(({ textContent }) =>
        Number(textContent),
      ),
    ),
    heights: [...svg.querySelectorAll<SVGRectElement>('[data-bar]')].map((bar) => [
      bar.dataset['bar'] ?? '',
      bar.height.baseVal.value,
    ]) as [string, number][],
  }));
  return Object.fromEntries(heights.map(([bar, height]) => [bar, (height / PLOT_PX) * top]));
}

for (const { point, tab, chart, device, channel, stem, phases } of [
  {
    ...{ point: 'Main network', tab: '/network-quality', device: 'U-30 Voltage' },
    ...{ chart: 'Voltage harmonics V', channel: 'network1', stem: 'harmonic_v' },
    phases: { L1: '1', L2: '2', L3: '3' },
  },
  {
    ...{ point: 'Main network', tab: '/network-quality', device: 'U-30 Voltage' },
    ...{ chart: 'Voltage harmonics U', channel: 'network1', stem: 'harmonic_u' },
    phases: { 'L1-L2': '12', 'L2-L3': '23', 'L3-L1': '31' },
  },
  {
    ...{ point: 'Lighting and sockets', tab: '/quality', device: 'I-35 Floors' },
    ...{ chart: 'Current harmonics', channel: 'circuit1', stem: 'harmonic_i' },
    phases: { L1: '1', L2: '2', L3: '3', N: 'n' },
  },
]) {
  test(`MON-13 MON-14 MON-22: every rank of ${chart} is drawn and listed as the device holds it`, async ({
    page,
    wattline,
  }) => {
    const state = await held(wattline.plant, device, channel);
    const ranks = Object.keys(state).flatMap((key) => {
      const [, phase, first, last] =
        new RegExp(`^${stem}(\\d+|n)_(\\d+)(?:_(\\d+))?_pct$`).exec(key) ?? [];
      return phase && first
        ? [{ phase, rank: last ? `${first}–${last}` : first, value: of(state, key) }]
        : [];
    });
    expect(ranks.length).toBeGreaterThan(75);
    await open(page, point, tab);
    await expect
      .poll(async () => {
        const drawn = await bars(page, new RegExp(`^${chart}:`));
        return ranks
          .filter(({ phase }) => phase !== 'n')
          .filter(({ phase, rank, value }) => {
            return !(Math.abs((drawn[`${rank} ${phase}`] ?? NaN) - value) < 0.001);
          })
          .map(({ phase, rank, value }) => `${rank} ${phase}: ${value}`);
      })
      .toEqual([]);
    const rows = await readTable(page.getByRole('region', { name: chart, exact: true }));
    const wrong = ranks.filter(({ phase, rank, value }) => {
      const name = Object.entries(phases).find(([, spelling]) => spelling === phase)?.[0];
      const text = rows
        .find(({ head }) => head === rank)
        ?.cells.find(({ column }) => column === name)?.text;
      return !text || !isRounded(readFigure(text), value);
    });
    expect(wrong).toEqual([]);
  });
}

test('MON-14: ranks are chosen by filter and by key, with the limits of EN 50160 beside them', async ({
  page,
}) => {
  await open(page, 'Main network', '/network-quality');
  const chart = page.getByRole('group', { name: 'Voltage harmonics V, by rank' });
  const shown = page
    .getByRole('img', { name: /^Voltage harmonics V:/ })
    .locator('[data-bar$=" 1"]');
  // 24 single ranks and three groups.
  await expect(shown).toHaveCount(27);
  const filters = page.getByRole('group', { name: 'Rank', exact: true }).first();
  await filters.getByRole('button', { name: 'Odd' }).press('Enter');
  await expect(shown).toHaveCount(15);
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const readOut = page.getByRole('status').filter({ hasText: /^Rank 5/ });
  await expect(readOut).toContainText(/L1 \d.*%,\s*L2 \d.*%,\s*L3 \d.*%,\s*limit 6/);
  await page.keyboard.press('End');
  await expect(page.getByText('Ranks 51–63 together')).toBeVisible();
  await expect(page.getByText('limits EN 50160:2010, to rank 25').first()).toBeVisible();
  await page.getByRole('button', { name: 'L2', exact: true }).click();
  await expect(
    page.getByRole('img', { name: /^Voltage harmonics V:/ }).locator('[data-bar$=" 2"]'),
  ).toHaveCount(0);
});

test('MON-22: the stream carries single ranks only while they are drawn', async ({ page }) => {
  const streams: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/live?')) streams.push(request.url());
  });
  await open(page, 'Lighting and sockets');
  await expect(page.locator('[data-key=p_w]')).toHaveText(/^\d/);
  expect(streams.some((url) => url.includes('p_w'))).toBe(true);
  expect(streams.filter((url) => url.includes('harmonic_'))).toEqual([]);
  await page.getByRole('link', { name: 'Quality' }).last().click();
  await expect(page.getByRole('img', { name: /^Current harmonics:/ })).toBeVisible();
  await expect.poll(() => streams.at(-1)).toContain('harmonic_i1_5_pct');
});
