/**
 * What a page shows is what the device holds, figure by figure. The plant stands still, so every
 * figure can be compared with the simulator's own state and with what mbpoll reads at the addresses
 * of the public register tables, which are written here by hand.
 */
import type { Page } from '@playwright/test';
import { isRounded, readFigure, readTable } from './support/figures';
import { logIn } from './support/log_in';
import { mbpoll } from './support/mbpoll';
import type { ChannelState } from './support/plant';
import { pageOfPoint } from './support/site';
import { expect, test } from './support/test';

test.use({ setting: 'apart', program: 'values' });

/** Lines of the tables: what stands for the quantity in the spelling of values, and its unit. */
const QUANTITIES: Readonly<Record<string, readonly [stem: string, unit: string]>> = {
  Current: ['i', '_a'],
  'Current unbalance': ['i_unbalance_amp', '_pct'],
  'Current unbalance, by sequence': ['i_unbalance_neg', '_pct'],
  'Current, positive sequence': ['i_positive_seq', '_a'],
  'Current, negative sequence': ['i_negative_seq', '_a'],
  'Current, zero sequence': ['i_zero_seq', '_a'],
  'Voltage U': ['u', '_v'],
  'Unbalance of U': ['u_unbalance_amp', '_pct'],
  'Unbalance of U, by sequence': ['u_unbalance_neg', '_pct'],
  'Voltage V': ['v', '_v'],
  'Unbalance of V': ['v_unbalance_amp', '_pct'],
  'Unbalance of V, by sequence': ['v_unbalance_neg', '_pct'],
  Frequency: ['frequency', '_hz'],
  'Active power': ['p', '_w'],
  'Active power, imported': ['p_import', '_w'],
  'Active power, exported': ['p_export', '_w'],
  'Reactive power': ['q', '_var'],
  'Reactive power, positive': ['q_plus', '_var'],
  'Reactive power, negative': ['q_minus', '_var'],
  'Reactive power, inductive': ['q_lagging', '_var'],
  'Reactive power, capacitive': ['q_leading', '_var'],
  'Apparent power': ['s', '_va'],
  'Nominal apparent power': ['s_nominal', '_va'],
  'Power factor': ['power_factor', ''],
  'Displacement factor': ['cos_phi', ''],
  'Tangent φ': ['tan_phi', ''],
  'Active energy, imported': ['ea_import', '_wh'],
  'Active energy, exported': ['ea_export', '_wh'],
  'Reactive energy, positive': ['er_plus', '_varh'],
  'Reactive energy, negative': ['er_minus', '_varh'],
  'Reactive energy, positive, inductive': ['er_plus_lagging', '_varh'],
  'Reactive energy, positive, capacitive': ['er_plus_leading', '_varh'],
  'Reactive energy, negative, inductive': ['er_minus_lagging', '_varh'],
  'Reactive energy, negative, capacitive': ['er_minus_leading', '_varh'],
  'Apparent energy': ['es', '_vah'],
  'Operating time': ['operating_time', '_s'],
};
const UNITS: Readonly<Record<string, string>> = {
  _a: 'A',
  _v: 'V',
  _hz: 'Hz',
  _pct: '%',
  _w: 'W',
  _var: 'var',
  _va: 'VA',
  _wh: 'Wh',
  _varh: 'varh',
  _vah: 'VAh',
  _s: 'h',
  '': '',
};
const PHASES: Readonly<Record<string, string>> = {
  '': '',
  Total: '',
  System: '_sys',
  L1: '1',
  L2: '2',
  L3: '3',
  N: 'n',
  'L1-L2': '12',
  'L2-L3': '23',
  'L3-L1': '31',
};
const COLUMNS: Readonly<Record<string, string>> = {
  Now: '',
  Average: '_avg',
  Minimum: '_min',
  Maximum: '_max',
  'Min. of averages': '_min_avg',
  'Max. of averages': '_max_avg',
  Total: '',
  Partial: '_partial',
  'Last partial': '_last_partial',
};
const COMPUTED = 'Computed by Wattline';

interface Figure {
  key: string;
  text: string;
  computed: boolean;
}

const TABS = [
  { tab: 'voltage-current', tables: ['All figures'], stems: /^(i|u|v|frequency)(_|\d|n)/ },
  { tab: 'power', tables: ['All figures'], stems: /^(p|q|s|power_factor|cos_phi|tan_phi)(_|\d|$)/ },
  {
    tab: 'energy',
    tables: ['Counters', 'By tariff, total', 'By tariff, partial'],
    stems: /^(ea|er|es|operating_time)_/,
  },
] as const;

/** What belongs to the tabs of Quality and Network, or stands beside another figure. */
const ELSEWHERE =
  /_deg|power_factor_type|harmonic|thd|crest|k_factor|_fund|integration_period|^[uv]_\w+_seq/;
/** Of a single phase the voltage of the neutral is not asked for. */
const SINGLE_PHASE_ELSEWHERE = /^vn_/;

const POINTS = [
  { point: 'Lighting and sockets', device: 'I-35 Floors', channel: 'circuit1' },
  { point: 'Lifts', device: 'I-35 Lifts', channel: 'circuit1' },
  { point: 'Kitchen', device: 'I-35 Rooms', channel: 'circuit2' },
  { point: 'Solar roof', device: 'I-35 Solar roof', channel: 'circuit1' },
  { point: 'Main network', device: 'U-30 Voltage', channel: 'network1' },
  { point: 'Car chargers', device: 'DIRIS A-10 Car park', channel: 'circuit1' },
] as const;

/** The measurand that a cell of a table shows. */
function keyOf(head: string, phase: string, column: string, title: string): string {
  // The heading ends with the symbol, which the quantity's name does not hold.
  const name = Object.keys(QUANTITIES)
    .filter((name) => head === name || head.startsWith(`${name} `))
    .sort((a, b) => b.length - a.length)[0];
  const [stem, unit] = QUANTITIES[name ?? ''] ?? ['?', ''];
  const tariff = /^T(\d)$/.exec(column)?.[1];
  const counter = title.endsWith('partial') ? '_partial' : '';
  const ending = tariff ? `${counter}_t${tariff}` : (COLUMNS[column] ?? `_${column}`);
  return stem + (PHASES[phase] ?? `_${phase}`) + ending + unit;
}

async function shownFigures(page: Page, title: string): Promise<Figure[]> {
  const region = page.getByRole('region', { name: title, exact: true });
  if ((await region.count()) === 0) return [];
  const rows = await readTable(region);
  return rows.flatMap(({ head, cells }) => {
    const phase = cells.find(({ column }) => column === 'Phase')?.text ?? '';
    return cells
      .filter(({ column }) => column in COLUMNS || /^T\d$/.test(column))
      .map(({ column, text }) => ({
        key: keyOf(head, phase, column, title),
        text,
        computed: text.startsWith(COMPUTED),
      }));
  });
}

/** What is wrong with the figures of a page, measured at what the device holds. */
function mistakes(figures: readonly Figure[], held: ChannelState, stems: RegExp): string[] {
  const isSinglePhase = held['v2_v'] === null;
  const shown = new Set(figures.map(({ key }) => key));
  const missing = Object.entries(held)
    .filter(([key, value]) => value !== null && stems.test(key) && !ELSEWHERE.test(key))
    .filter(([key]) => !(isSinglePhase && SINGLE_PHASE_ELSEWHERE.test(key)))
    .filter(([key]) => !shown.has(key))
    .map(([key, value]) => `${key} is held as ${value} and not shown`);
  const wrong = figures.flatMap(({ key, text, computed }) => {
    const value = held[key];
    if (value === undefined) return computed ? [] : [`${key} is shown as ${text} and not held`];
    const figure = readFigure(text);
    const factor = key.startsWith('operating_time') ? 3600 : 1;
    const unit = UNITS[/_(a|v|hz|pct|w|var|va|wh|varh|vah|s)$/.exec(key)?.[0] ?? ''];
    if (figure.unit !== unit) return [`${key} is shown in ${figure.unit}`];
    if (computed) return [`${key} is held and shown as computed`];
    return isRounded(figure, value === null ? null : value / factor)
      ? []
      : [`${key} is held as ${value} and shown as ${text}`];
  });
  return [...missing, ...wrong];
}

async function open(page: Page, point: string, tab: string): Promise<void> {
  await page.goto(`${await pageOfPoint(page.request, point)}/${tab}`);
  await expect(page.getByRole('heading', { name: point, level: 1 })).toBeVisible();
}

test.beforeEach(async ({ page }) => {
  await logIn(page);
});

for (const { point, device, channel } of POINTS) {
  test(`MON-01 MON-07 MON-08 MON-17 MON-19 MON-20: every figure of ${point} is what its device holds`, async ({
    page,
    wattline,
  }) => {
    const held = (await wattline.plant.device(device)).channels[channel];
    expect(held).toBeDefined();
    let compared = 0;
    for (const { tab, tables, stems } of TABS) {
      if (point === 'Main network' && tab !== 'voltage-current') continue;
      await open(page, point, tab);
      await expect
        .poll(async () => {
          const figures = (
            await Promise.all(tables.map((title) => shownFigures(page, title)))
          ).flat();
          compared += figures.length;
          return mistakes(figures, held as ChannelState, stems);
        }, `${point}, ${tab}`)
        .toEqual([]);
    }
    expect(compared).toBeGreaterThan(20);
  });
}

test('MON-07 MON-17 MON-19: gauges say the same as the table below them', async ({
  page,
  wattline,
}) => {
  const held = (await wattline.plant.device('I-35 Floors')).channels['circuit1'] as ChannelState;
  for (const tab of ['voltage-current', 'power']) {
    await open(page, 'Lighting and sockets', tab);
    const first = page.getByRole('meter').first();
    await expect(first).toHaveAttribute('aria-valuetext', /^\d/);
    const gauges = await page.getByRole('meter').evaluateAll((all) =>
      all.map((gauge) => ({
        name: gauge.getAttribute('aria-label') ?? '',
        now: Number(gauge.getAttribute('aria-valuenow')),
        text: gauge.getAttribute('aria-valuetext') ?? '',
      })),
    );
    expect(gauges.length).toBeGreaterThanOrEqual(12);
    for (const { name, now, text } of gauges) {
      const phase = / (L\d(-L\d)?|N|System|Total)$/.exec(name)?.[1] ?? '';
      const quantity = phase ? name.slice(0, -phase.length - 1) : name;
      const value = held[keyOf(quantity, phase, 'Now', '')];
      // What the device does not give is computed, and has no other witness here.
      if (value === undefined || value === null) continue;
      expect(now, name).toBeCloseTo(value, 6);
      const [shown = '', average = ''] = text
        .replace(/, beyond the scale$/, '')
        .split(', average ');
      expect(isRounded(readFigure(shown), value), `${name}: ${text}, held ${value}`).toBe(true);
      const mean = held[keyOf(quantity, phase, 'Average', '')];
      if (mean === undefined) continue;
      expect(isRounded(readFigure(average), mean), `${name}: ${text}, held ${mean}`).toBe(true);
    }
  }
});

test('MON-27: a power factor carries its sense', async ({ page, wattline }) => {
  for (const [point, device, channel] of [
    ['Lighting and sockets', 'I-35 Floors', 'circuit1'],
    ['Server room', 'I-35 Rooms', 'circuit1'],
  ] as const) {
    const held = (await wattline.plant.device(device)).channels[channel] as ChannelState;
    await open(page, point, 'power');
    const line = page.getByRole('region', { name: 'All figures' }).getByRole('row', {
      name: /^Power factor PF Total/,
    });
    const sense = held['power_factor_type'] === 1 ? 'leading' : 'lagging';
    await expect(line.locator('.figure').first()).toContainText(sense);
  }
});

test('MON-06: what Wattline computes follows from what the device gives', async ({
  page,
  wattline,
}) => {
  const held = (await wattline.plant.device('DIRIS A-10 Car park')).channels['circuit1'];
  const of = (key: string) => held?.[key] ?? NaN;
  const expected: Record<string, number> = {
    u_sys_v: (of('u12_v') + of('u23_v') + of('u31_v')) / 3,
    v_sys_v: (of('v1_v') + of('v2_v') + of('v3_v')) / 3,
    i_sys_a: (of('i1_a') + of('i2_a') + of('i3_a')) / 3,
    tan_phi: of('q_var') / of('p_w'),
  };
  const found: string[] = [];
  for (const tab of ['voltage-current', 'power']) {
    await open(page, 'Car chargers', tab);
    await expect(page.getByText(COMPUTED).first()).toBeAttached();
    await expect
      .poll(async () =>
        (await shownFigures(page, 'All figures')).every(({ text }) => !text.endsWith('–')),
      )
      .toBe(true);
    for (const { key, text, computed } of await shownFigures(page, 'All figures')) {
      const value = expected[key];
      if (value === undefined) continue;
      expect(computed, key).toBe(true);
      expect(isRounded(readFigure(text), value), `${key} is ${value} and shown as ${text}`).toBe(
        true,
      );
      found.push(key);
    }
  }
  expect(found.toSorted()).toEqual(Object.keys(expected).toSorted());
});

test('MON-08: where a device keeps no extremes, those since midnight are shown and marked so', async ({
  page,
  wattline,
}) => {
  const held = (await wattline.plant.device('DIRIS A-10 Car park')).channels[
    'circuit1'
  ] as ChannelState;
  await open(page, 'Car chargers', 'voltage-current');
  await expect(page.getByText('computed ones since midnight')).toBeVisible();
  await expect
    .poll(async () => {
      const figures = await shownFigures(page, 'All figures');
      return ['v1_min_v', 'v1_max_v', 'u12_min_v', 'i1_min_a'].flatMap((key) => {
        const figure = figures.find((figure) => figure.key === key);
        const value = held[key.replace(/_(min|max)/, '')] ?? null;
        // The plant stands still, so the day knows one value.
        return figure?.computed && isRounded(readFigure(figure.text), value)
          ? []
          : [`${key} is ${value} and shown as ${figure?.text}`];
      });
    })
    .toEqual([]);
});

/** Figures of one table line by line: heading, phase, what a foreign client read. */
type Reading = readonly [head: string, phase: string, value: number];

async function expectFigures(
  page: Page,
  title: string,
  column: string,
  readings: readonly Reading[],
) {
  const figures = async () => {
    const all = await shownFigures(page, title);
    return readings.flatMap(([head, phase, value]) => {
      const key = keyOf(head, phase, column, title);
      const text = all.find((figure) => figure.key === key)?.text ?? 'missing';
      return text !== 'missing' && isRounded(readFigure(text), value)
        ? []
        : [`${key} is read as ${value} and shown as ${text}`];
    });
  };
  await expect.poll(figures, title).toEqual([]);
}

test('PLT-07 MON-01: mbpoll reads from a Digiware I-35 what its page shows', async ({
  page,
  wattline,
}) => {
  const { address } = await wattline.plant.device('I-35 Floors');
  const now = await mbpoll(address, 4, 18432, 92);
  expect(now.u16(18432), 'the load is enabled').toBe(1);
  await open(page, 'Lighting and sockets', 'voltage-current');
  await expectFigures(page, 'All figures', 'Now', [
    ['Voltage V', 'System', now.u32(18436) / 100],
    ['Voltage U', 'System', now.u32(18438) / 100],
    ['Current', 'System', now.u32(18440) / 1000],
    ['Frequency', '', now.u32(18442) / 1000],
    ['Voltage V', 'L1', now.u32(18444) / 100],
    ['Voltage V', 'L2', now.u32(18446) / 100],
    ['Voltage V', 'L3', now.u32(18448) / 100],
    ['Voltage V', 'N', now.u32(18450) / 100],
    ['Voltage U', 'L1-L2', now.u32(18452) / 100],
    ['Voltage U', 'L2-L3', now.u32(18454) / 100],
    ['Voltage U', 'L3-L1', now.u32(18456) / 100],
    ['Current', 'L1', now.u32(18458) / 1000],
    ['Current', 'L2', now.u32(18460) / 1000],
    ['Current', 'L3', now.u32(18462) / 1000],
    ['Current', 'N', now.u32(18464) / 1000],
    ['Current unbalance', '', now.u16(18466) / 100],
    ['Current, positive sequence', '', now.u32(18467) / 1000],
    ['Current, negative sequence', '', now.u32(18469) / 1000],
    ['Current, zero sequence', '', now.u32(18471) / 1000],
  ]);
  await open(page, 'Lighting and sockets', 'power');
  await expectFigures(page, 'All figures', 'Now', [
    ['Nominal apparent power', '', now.u32(18474)],
    ['Active power', 'Total', now.s32(18476)],
    ['Reactive power', 'Total', now.s32(18478)],
    ['Reactive power, inductive', 'Total', now.s32(18480)],
    ['Reactive power, capacitive', 'Total', now.s32(18482)],
    ['Apparent power', 'Total', now.u32(18484)],
    ['Power factor', 'Total', now.s16(18486) / 1000],
    ['Active power', 'L1', now.s32(18488)],
    ['Active power', 'L2', now.s32(18490)],
    ['Active power', 'L3', now.s32(18492)],
    ['Reactive power', 'L3', now.s32(18498)],
    ['Apparent power', 'L1', now.u32(18512)],
    ['Power factor', 'L3', now.s16(18520) / 1000],
  ]);
  // A counter of thousands and a word with the rest in tenths.
  const energy = await mbpoll(address, 4, 19840, 30);
  const counter = (at: number) => energy.u32(at) * 1000 + energy.u16(at + 2) / 10;
  await open(page, 'Lighting and sockets', 'energy');
  await expectFigures(page, 'Counters', 'Total', [
    ['Active energy, imported', '', counter(19843)],
    ['Active energy, exported', '', counter(19846)],
    ['Reactive energy, positive', '', counter(19849)],
    ['Reactive energy, negative', '', counter(19852)],
    ['Apparent energy', '', counter(19855)],
    ['Reactive energy, positive, inductive', '', counter(19858)],
    ['Operating time', '', energy.u32(19841) / 3600],
  ]);
});

test('PLT-07 MON-01: mbpoll reads from a Digiware U-30 what its page shows', async ({
  page,
  wattline,
}) => {
  const { address } = await wattline.plant.device('U-30 Voltage');
  const now = await mbpoll(address, 2, 36864, 37);
  await open(page, 'Main network', 'voltage-current');
  await expectFigures(page, 'All figures', 'Now', [
    ['Voltage V', 'System', now.u32(36867) / 100],
    ['Voltage U', 'System', now.u32(36869) / 100],
    ['Frequency', '', now.u32(36871) / 1000],
    ['Voltage V', 'L1', now.u32(36873) / 100],
    ['Voltage V', 'L2', now.u32(36875) / 100],
    ['Voltage V', 'L3', now.u32(36877) / 100],
    ['Voltage V', 'N', now.u32(36879) / 100],
    ['Voltage U', 'L1-L2', now.u32(36881) / 100],
    ['Voltage U', 'L2-L3', now.u32(36883) / 100],
    ['Voltage U', 'L3-L1', now.u32(36885) / 100],
    ['Unbalance of V', '', now.u16(36899) / 100],
    ['Unbalance of U', '', now.u16(36900) / 100],
  ]);
});

test('PLT-07 MON-01: mbpoll reads from a DIRIS A-10 what its page shows', async ({
  page,
  wattline,
}) => {
  const { address } = await wattline.plant.device('DIRIS A-10 Car park');
  const now = await mbpoll(address, 5, 50512, 56);
  await open(page, 'Car chargers', 'voltage-current');
  await expectFigures(page, 'All figures', 'Now', [
    ['Voltage U', 'L1-L2', now.u32(50514) / 100],
    ['Voltage U', 'L2-L3', now.u32(50516) / 100],
    ['Voltage U', 'L3-L1', now.u32(50518) / 100],
    ['Voltage V', 'L1', now.u32(50520) / 100],
    ['Voltage V', 'L2', now.u32(50522) / 100],
    ['Voltage V', 'L3', now.u32(50524) / 100],
    ['Frequency', '', now.u32(50526) / 100],
    ['Current', 'L1', now.u32(50528) / 1000],
    ['Current', 'L2', now.u32(50530) / 1000],
    ['Current', 'L3', now.u32(50532) / 1000],
    ['Current', 'N', now.u32(50534) / 1000],
  ]);
  await open(page, 'Car chargers', 'power');
  // Powers count in steps of ten; the factor's sign is its sense, its own sign that of the power.
  await expectFigures(page, 'All figures', 'Now', [
    ['Active power', 'Total', now.s32(50536) * 10],
    ['Reactive power', 'Total', now.s32(50538) * 10],
    ['Apparent power', 'Total', now.u32(50540) * 10],
    ['Power factor', 'Total', Math.abs(now.s32(50542)) / 1000],
    ['Active power', 'L1', now.s32(50544) * 10],
    ['Active power', 'L2', now.s32(50546) * 10],
    ['Active power', 'L3', now.s32(50548) * 10],
  ]);
  const energy = await mbpoll(address, 5, 50780, 10);
  await open(page, 'Car chargers', 'energy');
  await expectFigures(page, 'Counters', 'Partial', [
    ['Active energy, imported', '', energy.u32(50780) * 1000],
    ['Reactive energy, positive', '', energy.u32(50782) * 1000],
    ['Apparent energy', '', energy.u32(50784) * 1000],
    ['Active energy, exported', '', energy.u32(50786) * 1000],
  ]);
});
