import { expect, test } from 'vitest';
import { hourBars } from './hours';

const FROM = Date.parse('2026-11-19T23:00:00Z');
const UNTIL = Date.parse('2026-11-20T23:00:00Z');
const hour = (at: number, value_wh: number | null, coverage: number) => ({
  from: new Date(FROM + at * 3_600_000).toISOString(),
  until: new Date(FROM + (at + 1) * 3_600_000).toISOString(),
  value_wh,
  coverage,
});

test('HOM-01: a bar stands at its hour and is as long as its share of the largest', () => {
  const bars = hourBars([hour(0, 500, 1), hour(12, 2000, 1)], FROM, UNTIL);
  expect(bars).toMatchObject([
    { from: 0, until: 1 / 24, length: 0.25, isGap: false, isPart: false },
    { from: 0.5, until: 13 / 24, length: 1, isGap: false, isPart: false },
  ]);
});

test('an hour that was not wholly measured, or not at all, says so', () => {
  const bars = hourBars([hour(0, null, 0), hour(1, 300, 0.4), hour(2, 900, 0.999)], FROM, UNTIL);
  expect(bars.map(({ isGap, isPart }) => ({ isGap, isPart }))).toEqual([
    { isGap: true, isPart: true },
    { isGap: false, isPart: true },
    { isGap: false, isPart: false },
  ]);
});

test('hours without energy have no length, and no largest to be measured by', () =>
  expect(hourBars([hour(0, 0, 1)], FROM, UNTIL)).toMatchObject([{ length: 0, isGap: false }]));
