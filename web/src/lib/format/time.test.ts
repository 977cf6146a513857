import { describe, expect, test } from 'vitest';
import { formatMoment, shortDuration, zoneDiffers } from './time';

const PARIS = 'Europe/Paris';
const NOW = Date.parse('2026-11-24T22:10:00Z');

describe('an age', () => {
  test('is its largest unit, rounded down', () => {
    const check = (seconds: number, expected: string) => {
      const { amount, unit } = shortDuration(seconds * 1000);
      expect(`${amount} ${unit}`).toBe(expected);
    };
    check(0, '0 second');
    check(59.9, '59 second');
    check(60, '1 minute');
    check(3599, '59 minute');
    check(7200, '2 hour');
    check(86_400 * 5.5, '5 day');
  });

  test('is never negative when two clocks disagree', () => {
    expect(shortDuration(-4000)).toEqual({ amount: 0, unit: 'second' });
  });
});

describe('a moment', () => {
  const check = (at: string | null, expected: string, zone = PARIS, locale = 'en') =>
    expect(formatMoment(at === null ? null : Date.parse(at), NOW, zone, locale)).toBe(expected);

  test('is the clock of the site today', () => {
    check('2026-11-24T06:44:12Z', '07:44:12');
    check('2026-11-23T23:30:00Z', '00:30:00');
  });

  test('carries the date before today, and the year before this one', () => {
    check('2026-11-23T06:44:12Z', '23 Nov, 07:44');
    check('2025-11-23T06:44:12Z', '23 Nov 2025, 07:44');
  });

  test('knows today by the zone of the site and not by UTC', () => {
    check('2026-11-24T23:30:00Z', '25 Nov, 00:30');
    check('2026-11-24T18:00:00Z', '24 Nov, 23:45', 'Asia/Kathmandu');
  });

  test('is written in the language of the page', () => {
    check('2026-08-23T06:44:12Z', '23 août, 08:44', PARIS, 'fr');
  });

  test('is nothing for no instant or one that cannot be read', () => {
    check(null, '');
    check('yesterday', '');
  });
});

describe('the zone of the site', () => {
  test('is named where its clock differs, not where only its name does', () => {
    expect(zoneDiffers(PARIS, NOW, 'Europe/Berlin')).toBe(false);
    expect(zoneDiffers(PARIS, NOW, 'UTC')).toBe(true);
  });
});
