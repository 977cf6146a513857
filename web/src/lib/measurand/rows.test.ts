import { describe, expect, test } from 'vitest';
import { measurandRows, parseAll, prefixFamily, statisticsOf, type Capability } from './rows';

function offered(...quantities: string[]): Capability[] {
  return quantities.map((quantity) => ({ quantity, decimals: 2, computed: false }));
}

describe('rows of a table', () => {
  test('MON-08 join a quantity and phase with all its statistics', () => {
    const rows = measurandRows(
      parseAll(offered('i1_a', 'i1_avg_a', 'i1_min_a', 'i1_max_a', 'i1_min_avg_a', 'i1_max_avg_a')),
      ['i'],
    );
    expect(rows).toHaveLength(1);
    expect(Object.values(rows[0]?.cells ?? {}).map((cell) => cell.key)).toEqual([
      'i1_a',
      'i1_avg_a',
      'i1_min_a',
      'i1_max_a',
      'i1_min_avg_a',
      'i1_max_avg_a',
    ]);
  });

  test('follow the asked order and then the phases', () => {
    const rows = measurandRows(
      parseAll(offered('v1_v', 'i_sys_a', 'i2_a', 'in_a', 'i1_a', 'frequency_hz')),
      ['i', 'v'],
    );
    expect(rows.map(({ quantity, phase }) => `${quantity}${phase}`)).toEqual([
      'i1',
      'i2',
      'in',
      'isys',
      'v1',
    ]);
  });

  test('MON-06 leave out what is unknown, ranked or a counter of its own', () => {
    const values = parseAll(offered('i1_a', 'mystery_q', 'harmonic_i1_5_pct', 'ea_import_t1_wh'));
    expect(measurandRows(values, ['i', 'harmonic_i', 'ea_import'])).toHaveLength(1);
  });

  test('PLT-13 give only the columns that some row fills', () => {
    const rows = measurandRows(parseAll(offered('p_w', 'p1_w', 'p_max_avg_w')), ['p']);
    expect(statisticsOf(rows)).toEqual(['instant', 'max_avg']);
  });

  test('share a prefix over the powers, and not over ratios', () => {
    expect(prefixFamily('p')).toBe(prefixFamily('s'));
    expect(prefixFamily('cos_phi')).not.toBe(prefixFamily('tan_phi'));
  });
});
