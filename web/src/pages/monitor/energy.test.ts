import { describe, expect, test } from 'vitest';
import { parseAll } from '$lib/measurand';
import { energyRows, shares, shareText, splitCounters, sumColumns, tariffColumns } from './energy';

function rowsOf(...quantities: string[]) {
  const values = parseAll(
    quantities.map((quantity) => ({ quantity, decimals: 1, computed: false })),
  );
  return energyRows(values, ['ea_import', 'ea_export', 'er_plus', 'es']);
}

describe('the energy table', () => {
  test('MON-20 has a line for each energy that is counted, in the order of the manual', () => {
    const rows = rowsOf('es_vah', 'ea_import_wh', 'er_plus_varh');
    expect(rows.map(({ quantity }) => quantity)).toEqual(['ea_import', 'er_plus', 'es']);
  });

  test('MON-21 has total, partial and last partial only where the device gives them', () => {
    const rows = rowsOf('ea_import_wh', 'ea_import_partial_wh');
    expect(sumColumns(rows).map(({ counter }) => counter)).toEqual(['total', 'partial']);
    expect(sumColumns(rowsOf('ea_import_partial_wh'))).toHaveLength(1);
  });

  test('MON-21 has a column for each tariff that is counted', () => {
    const rows = rowsOf('ea_import_wh', 'ea_import_t1_wh', 'ea_import_t2_wh', 'er_plus_t3_varh');
    expect(tariffColumns(rows, 'total').map(({ tariff }) => tariff)).toEqual([1, 2, 3]);
    expect(splitCounters(rows)).toEqual(['total']);
  });

  test('MON-06 leaves a tariff out that an energy does not have', () => {
    const [active, reactive] = rowsOf('ea_import_t1_wh', 'er_plus_varh');
    expect(active?.cell({ counter: 'total', tariff: 1 })?.key).toBe('ea_import_t1_wh');
    expect(reactive?.cell({ counter: 'total', tariff: 1 })).toBeUndefined();
  });

  test('MON-20 shows what the whole counted where its phases are counted, too', () => {
    const [row] = rowsOf('ea_import1_wh', 'ea_import1_t1_wh', 'ea_import_wh', 'ea_import_t1_wh');
    expect(row?.cell({ counter: 'total', tariff: null })?.key).toBe('ea_import_wh');
    expect(row?.cell({ counter: 'total', tariff: 1 })?.key).toBe('ea_import_t1_wh');
    expect(rowsOf('ea_import2_wh')).toEqual([]);
  });

  test('shares are told only when every part is known', () => {
    expect(shares([300, 100])).toEqual([0.75, 0.25]);
    expect(shares([300, null])).toBeNull();
    expect(shares([0, 0])).toBeNull();
    expect(shares([])).toBeNull();
  });

  test('a small part is no zero, and the rest beside it is not all', () => {
    const parts = [0, 0.004, 0.005, 0.25, 0.994, 0.996, 1];
    const texts = parts.map((share) => shareText(share, 'en-GB'));
    expect(texts).toEqual(['0', '< 1', '1', '25', '99', '> 99', '100']);
  });
});
