import { flushSync } from 'svelte';
import { render, screen, within } from '@testing-library/svelte';
import { beforeAll, describe, expect, test } from 'vitest';
import { i18n } from '$lib/i18n/index.svelte';
import EnergyTable from './EnergyTable.svelte';
import { energyRows, sumColumns, tariffColumns } from './energy';
import { FakePlant, pointWith } from './fake_plant';

beforeAll(() => i18n.use('fr'));

const QUANTITIES = [
  'ea_import_wh',
  'ea_import_partial_wh',
  'ea_import_t1_wh',
  'ea_import_t2_wh',
  'es_vah',
];

function show(kind: 'sums' | 'tariffs'): FakePlant {
  const plant = new FakePlant(pointWith(QUANTITIES));
  const rows = energyRows(plant.view.values, ['ea_import', 'es']);
  const columns = kind === 'sums' ? sumColumns(rows) : tariffColumns(rows, 'total');
  render(EnergyTable, { view: plant.view, rows, columns, title: 'Compteurs', note: '', name: [] });
  return plant;
}

function cells(name: RegExp): string[] {
  return within(screen.getByRole('row', { name }))
    .getAllByRole('cell')
    .map((cell) => (cell.textContent ?? '').replace(/\s+/g, ' ').trim());
}

describe('MON-20 MON-21 the table of energies', () => {
  test('has total and partial counters, each with its own prefix, in French', () => {
    const plant = show('sums');
    flushSync(() =>
      plant.say({ ea_import_wh: 12_543_210, ea_import_partial_wh: 4_321, es_vah: 13_000_000 }),
    );
    expect(cells(/Ea\+/)).toEqual(['12,543MWh', '4 321,00Wh', '']);
    expect(cells(/Es/)).toEqual(['13,000MVAh', '', '']);
  });

  test('has a column for each tariff', () => {
    const plant = show('tariffs');
    flushSync(() => plant.say({ ea_import_t1_wh: 800, ea_import_t2_wh: 200 }));
    expect(screen.getAllByRole('columnheader').map((column) => column.textContent)).toEqual([
      'Grandeur',
      'T1',
      'T2',
      'Remarque',
    ]);
    expect(cells(/Ea\+/)).toEqual(['800,00Wh', '200,00Wh', '']);
  });

  test('MON-05 keeps an index that a silent device said last, dimmed and with its time', () => {
    const plant = show('sums');
    flushSync(() => plant.say({ ea_import_wh: 1_000 }));
    flushSync(() => plant.stands('silent'));
    const [total, , note] = cells(/Ea\+/);
    expect(total).toBe('1 000,00Wh');
    expect(note).toContain('14:02:11');
  });
});
