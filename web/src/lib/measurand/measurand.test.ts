import { describe, expect, test } from 'vitest';
import { instant, parseMeasurand, PHASES, spell, type Measurand } from './measurand';
import { QUANTITIES } from './quantities';

function check(spelling: string, expected: Measurand): void {
  expect(parseMeasurand(spelling)).toEqual(expected);
  expect(spell(expected)).toBe(spelling);
}

describe('the spelling of quantities', () => {
  test('names quantity, phase and unit', () => {
    check('p_w', instant('p'));
    check('u12_v', instant('u', '12'));
    check('vn_v', instant('v', 'n'));
    check('i_sys_a', instant('i', 'sys'));
    check('frequency_hz', instant('frequency'));
    check('power_factor1', instant('power_factor', '1'));
    check('power_factor_type1', instant('power_factor_type', '1'));
    check('i_unbalance_amp_pct', instant('i_unbalance_amp'));
  });

  test('puts modifiers between phase and unit', () => {
    check('v_sys_avg_v', { ...instant('v', 'sys'), statistic: 'average' });
    check('i1_max_avg_a', { ...instant('i', '1'), statistic: 'max_avg' });
    check('p_import_max_avg_w', { ...instant('p_import'), statistic: 'max_avg' });
    check('harmonic_i1_5_pct', { ...instant('harmonic_i', '1'), rank: { first: 5, last: 5 } });
    check('harmonic_v2_26_34_pct', {
      ...instant('harmonic_v', '2'),
      rank: { first: 26, last: 34 },
    });
    check('ea_import_partial_t1_wh', { ...instant('ea_import'), counter: 'partial', tariff: 1 });
    check('es_last_partial_vah', { ...instant('es'), counter: 'last_partial' });
  });

  test('is refused where it is foreign', () => {
    for (const spelling of ['', 'w', 'p', 'p_kw', 'p4_w', 'ea_import_t9_wh', 'u12_v_', 'P_w'])
      expect(parseMeasurand(spelling), spelling).toBeNull();
  });

  test('reads back for every quantity on every phase', () => {
    for (const quantity of QUANTITIES)
      for (const phase of PHASES) check(spell(instant(quantity, phase)), instant(quantity, phase));
  });
});
