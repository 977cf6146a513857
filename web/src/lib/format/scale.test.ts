import { describe, expect, test } from 'vitest';
import { figureText, scaleFor, unitText } from './figure';
import { atAGlance, chooseScale, UNSCALED, type Scale, type ScaleRule } from './scale';
import type { Quantity } from '../measurand/quantities';

/** What a figure reads as when it is the largest of its panel. */
function check(quantity: Quantity, value: number, decimals: number, expected: string): void {
  const scale = scaleFor(quantity, value, decimals);
  const text = `${figureText(value, scale, 'en')} ${unitText(quantity, scale)}`.trim();
  expect(text.replaceAll('\u202f', ' ')).toBe(expected);
}

describe('the prefix of a panel', () => {
  test('is that of the largest power', () => {
    check('p', 0, 0, '0 W');
    check('p', 12, 0, '12 W');
    check('p', 999, 0, '999 W');
    check('p', 1000, 0, '1.000 kW');
    check('p', 19512, 0, '19.512 kW');
    check('s', 1_254_300, 0, '1.254 MVA');
    check('q', -21_500, 0, '−21.500 kvar');
  });

  test('comes before rounding makes a digit too many', () => {
    check('p', 999.94, 1, '999.9 W');
    check('p', 999.95, 1, '1.000 kW');
    check('p', 999_999.6, 0, '1.000 MW');
  });

  test('leaves an index readable to its last count', () => {
    check('ea_import', 998.7, 1, '998.7 Wh');
    check('ea_import', 9_999.9, 1, '9 999.9 Wh');
    check('ea_import', 12_543_210.4, 1, '12.543 MWh');
    check('ea_import', 1_254_300, 0, '1 254.300 kWh');
  });

  test('stays away from ratios, percent and hertz', () => {
    check('frequency', 49.981, 3, '49.981 Hz');
    check('power_factor', 0.972, 3, '0.972');
    check('i_unbalance_amp', 101.25, 2, '101.25 %');
  });

  test('is hours for a running time', () => {
    check('operating_time', 12_345_678, 0, '3 429.4 h');
  });

  test('never invents decimals that the register does not have', () => {
    check('v', 231.4, 2, '231.40 V');
    check('i', 94.8, 3, '94.800 A');
    check('i', 1234, 0, '1 234 A');
    check('p', 19_510, 0, '19.510 kW');
    check('u', 20_412, 0, '20.412 kV');
  });

  test('of nothing is no prefix and no "NaN"', () => {
    for (const largest of [null, Number.NaN, Number.POSITIVE_INFINITY])
      expect(scaleFor('p', largest, 0)).toEqual(UNSCALED);
  });
});

describe('a figure at a glance', () => {
  test('has four figures of its panel, as far as the register gives them', () => {
    const check = (quantity: Quantity, value: number, decimals: number, expected: string) => {
      const scale = atAGlance(scaleFor(quantity, value, decimals));
      expect(figureText(value, scale, 'en')).toBe(expected);
    };
    check('v', 231.42, 2, '231.4');
    check('i', 94.812, 3, '94.81');
    check('p', 19_512, 0, '19.51');
    check('frequency', 49.98, 2, '49.98');
    check('power_factor', 0.972, 3, '0.972');
  });
});

describe('a scale in use', () => {
  const rule: ScaleRule = { digitsMax: 3, significant: 5, decimalsMax: 3, prefixes: true };
  const kept = (from: number, to: number): Scale => {
    const inUse = chooseScale(from, 1, rule);
    return chooseScale(to, 1, rule, inUse);
  };

  test('does not flicker around a power of ten', () => {
    expect(kept(990, 1010).prefix).toBe('');
    expect(kept(1010, 1001).prefix).toBe('k');
    expect(kept(99_990, 100_010)).toEqual(kept(99_990, 99_990));
  });

  test('goes when it no longer gives 1 to 4 digits', () => {
    expect(kept(990, 10_000).prefix).toBe('k');
    expect(kept(1010, 999).prefix).toBe('');
  });
});
