import { flushSync } from 'svelte';
import { render, screen, within } from '@testing-library/svelte';
import { beforeAll, describe, expect, test } from 'vitest';
import { i18n } from '$lib/i18n/index.svelte';
import { measurandRows } from '$lib/measurand';
import { FakePlant, pointWith } from './fake_plant';
import FigureTable from './FigureTable.svelte';
import { PanelScales } from './scales.svelte';

beforeAll(() => i18n.use('en'));

function show(quantities: readonly string[]): FakePlant {
  const plant = new FakePlant(pointWith(quantities));
  const rows = measurandRows(plant.view.values, ['i', 'p', 'power_factor', 'v']);
  const panel = PanelScales.ofRows(plant.view, rows);
  render(FigureTable, { view: plant.view, rows, panel, tab: 'U/I' });
  return plant;
}

/** The cells of a line as one reads them, from its head. */
function line(name: RegExp): string[] {
  const row = screen.getByRole('row', { name });
  return [...within(row).getAllByRole('rowheader'), ...within(row).getAllByRole('cell')].map(
    (cell) => (cell.textContent ?? '').replace(/\s+/g, ' ').trim(),
  );
}

const columns = () =>
  screen
    .getAllByRole('columnheader')
    .map((column) => column.textContent?.replace(/\s+/g, ' ').trim());

describe('MON-07 MON-08 the table of a tab', () => {
  test('has the columns that the device supplies, extremes with their time', () => {
    show(['i1_a', 'i1_avg_a', 'i1_max_a', 'i1_max_avg_a']);
    expect(columns()).toEqual([
      'Quantity',
      'Phase',
      'Now',
      'Average',
      'Maximum',
      'atTime of: Maximum',
      'Max. of averages',
      'atTime of: Max. of averages',
      'Note',
    ]);
  });

  test('PLT-13 has no column that no line fills', () => {
    show(['i1_a', 'p_w']);
    expect(columns()).toEqual(['Quantity', 'Phase', 'Now', 'Note']);
  });

  test('has its final shape before a value came, and dashes for figures', () => {
    show(['i1_a', 'i1_max_a']);
    expect(line(/I1/)).toEqual(['Current I1', 'L1', '–A', '–A', '', '']);
  });

  test('shows each value with its unit, all powers with one prefix', () => {
    const plant = show(['p1_w', 'p_w', 'i1_a']);
    flushSync(() => plant.say({ p1_w: 350, p_w: 19_512, i1_a: 94.812 }));
    expect(line(/P1/)).toEqual(['Active power P1', 'L1', '0.350kW', '']);
    expect(line(/Active power P Total/)).toEqual(['Active power P', 'Total', '19.512kW', '']);
    expect(line(/I1/)).toEqual(['Current I1', 'L1', '94.81A', '']);
  });

  test('shows when an extreme occurred in the time of the site', () => {
    const plant = show(['i1_max_a']);
    flushSync(() =>
      plant.say({ i1_max_a: 120 }, { more: { occurred_at: '2026-11-24T10:20:31Z' } }),
    );
    expect(line(/I1/)).toEqual(['Current I1', 'L1', '120.00A', '11:20:31', '']);
  });

  test('MON-06 shows a dash for what the device says it has not, and never 0', () => {
    const plant = show(['i1_a']);
    flushSync(() => plant.say({ i1_a: null }));
    expect(line(/I1/)[2]).toBe('–A');
  });

  test('MON-27 has the sense beside the power factor', () => {
    const plant = show(['power_factor', 'power_factor_type']);
    flushSync(() => plant.say({ power_factor: 0.972, power_factor_type: 2 }));
    expect(line(/PF/)[2]).toBe('lagging 0.97');
  });

  test('marks what the server computed', () => {
    const plant = show(['i_sys_a']);
    flushSync(() => plant.say({ i_sys_a: 95.1 }, { more: { quality: ['computed'] } }));
    expect(line(/Isys/)[2]).toContain('Computed by Wattline');
  });
});

describe('MON-05 a value that is not of now', () => {
  test('stays with its age when it is older than three periods', () => {
    const plant = show(['i1_a']);
    flushSync(() => plant.say({ i1_a: 94.8 }, { age_s: 42 }));
    expect(line(/I1/)).toEqual(['Current I1', 'L1', '94.80A', '42 s old']);
  });

  test('gives way to a dash and the time of the last one when the device is silent', () => {
    const plant = show(['i1_a', 'i1_avg_a']);
    flushSync(() => plant.say({ i1_a: 94.8, i1_avg_a: 91.1 }));
    flushSync(() => plant.stands('silent'));
    expect(line(/I1/).slice(2)).toEqual(['–A', '–A', 'Communication lost, last value: 14:02:11']);
  });

  test('stays dimmed when it is an extreme, which a silence does not change', () => {
    const plant = show(['i1_max_a']);
    flushSync(() => plant.say({ i1_max_a: 120 }));
    flushSync(() => plant.stands('silent'));
    expect(line(/I1/)[2]).toBe('120.00A');
    expect(screen.getByText('120.00').closest('[data-freshness]')).toHaveAttribute(
      'data-freshness',
      'lost',
    );
  });

  test('comes back by itself', () => {
    const plant = show(['i1_a']);
    flushSync(() => plant.say({ i1_a: 94.8 }));
    flushSync(() => plant.stands('silent'));
    flushSync(() => plant.stands('answering'));
    flushSync(() => plant.say({ i1_a: 95.2 }));
    expect(line(/I1/)).toEqual(['Current I1', 'L1', '95.20A', '']);
  });
});
