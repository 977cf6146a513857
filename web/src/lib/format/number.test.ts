import { describe, expect, test } from 'vitest';
import { formatNumber, formatSetting, plainNumber } from './number';

const GROUP = '\u202f';

describe('a number on screen', () => {
  test('has fixed decimals and the mark of its language', () => {
    expect(formatNumber(231.4, 2, 'en')).toBe('231.40');
    expect(formatNumber(231.4, 2, 'fr')).toBe('231,40');
    expect(formatNumber(0.9725, 3, 'fr')).toBe('0,973');
  });

  test('sets thousands apart by a thin space in every language', () => {
    for (const locale of ['en', 'fr'])
      expect(formatNumber(1_254_300, 0, locale)).toBe(`1${GROUP}254${GROUP}300`);
    expect(formatNumber(1254, 0, 'en')).toBe(`1${GROUP}254`);
  });

  test('has a true minus, and none before zero', () => {
    expect(formatNumber(-21.5, 1, 'en')).toBe('−21.5');
    expect(formatNumber(-0, 1, 'en')).toBe('0.0');
    expect(formatNumber(-0.04, 1, 'en')).toBe('0.0');
  });

  test('MON-06 is an en dash when missing, never 0 or NaN', () => {
    for (const value of [null, undefined, Number.NaN, Number.NEGATIVE_INFINITY])
      expect(formatNumber(value, 2, 'en')).toBe('–');
  });
});

describe('a number in a file', () => {
  test('has a point, a plain minus and no grouping', () => {
    expect(plainNumber(-1254.3, 2)).toBe('-1254.30');
    expect(plainNumber(-0.001, 2)).toBe('0.00');
    expect(plainNumber(null, 2)).toBe('');
  });
});

describe('a nominal value', () => {
  test('has no more figures than a plate', () => {
    expect(formatSetting(125, 'en')).toBe('125');
    expect(formatSetting(34.5, 'fr')).toBe('34,5');
    expect(formatSetting(230 * Math.sqrt(3), 'en')).toBe('398.4');
    expect(formatSetting(-28_750, 'en')).toBe(`−28${GROUP}750`);
    expect(formatSetting(null, 'en')).toBe('–');
  });
});
