import { describe, expect, it, test } from 'vitest';
import { clockAt, peak, runs, sum, ticks } from './day';

const PARIS = 'Europe/Paris';
const WINTER = Date.parse('2026-11-19T23:00:00Z');
const SPRING_FORWARD = Date.parse('2026-03-28T23:00:00Z');
const FALL_BACK = Date.parse('2026-10-24T22:00:00Z');

describe('the site’s day', () => {
  const HOUR_MS = 3_600_000;

  test('is marked by the clock on the wall, also when that is changed', () => {
    const labels = (from: number, hours: number) =>
      ticks(from, from + hours * HOUR_MS, PARIS, false).map((tick) => tick.label);
    const expected = ['00:00', '06:00', '12:00', '18:00', '00:00'];
    expect(labels(WINTER, 24)).toEqual(expected);
    expect(labels(SPRING_FORWARD, 23)).toEqual(expected);
    expect(labels(FALL_BACK, 25)).toEqual(expected);
  });

  test('is marked more finely where less of it is drawn, and by half where room is short', () => {
    const labels = (minutes: number, sparse = false) =>
      ticks(WINTER, WINTER + minutes * 60_000, PARIS, sparse).map((tick) => tick.label);
    expect(labels(12)).toEqual(['00:00', '00:05', '00:10']);
    expect(labels(60)).toEqual(['00:00', '00:15', '00:30', '00:45', '01:00']);
    expect(labels(60, true)).toEqual(['00:00', '00:30', '01:00']);
    expect(labels(24 * 60, true)).toEqual(['00:00', '12:00', '00:00']);
  });

  test('is read in the zone of the site', () => {
    expect(clockAt(WINTER, PARIS)).toBe('00:00');
    expect(clockAt(WINTER, 'Asia/Kolkata')).toBe('04:30');
  });
});

it('splits values into runs and gaps', () => {
  expect(runs([])).toEqual([]);
  expect(runs([1, 2, null, 3])).toEqual([
    { from: 0, until: 2, isGap: false },
    { from: 2, until: 3, isGap: true },
    { from: 3, until: 4, isGap: false },
  ]);
});

it('finds the peak and when its step began', () => {
  const from = '2026-11-19T23:00:00Z';
  const until = '2026-11-20T23:00:00Z';
  expect(peak({ from, until, step_s: 600, values: [5, null, 9, 9] })).toEqual({
    value: 9,
    at_ms: WINTER + 1_200_000,
  });
  expect(peak({ from, until, step_s: 600, values: [null] })).toBeNull();
});

it('adds curves up, and has a gap where one of them has', () => {
  const curve = (values: (number | null)[]) => ({ from: '', until: '', step_s: 30, values });
  expect(sum([])).toBeNull();
  expect(sum([curve([1, null, 3])])?.values).toEqual([1, null, 3]);
  expect(sum([curve([1, null, 3]), curve([10, 20, null])])?.values).toEqual([11, null, null]);
});
