import { expect, test } from 'vitest';
import { freshness } from './freshness';

const GOOD = { serverReached: true, deviceAnswers: true };

test('MON-05: a value is live within three of its periods', () => {
  expect(freshness(0.3, 1, GOOD)).toBe('live');
  expect(freshness(3.9, 1, GOOD)).toBe('live');
  expect(freshness(150, 60, GOOD)).toBe('live');
});

test('MON-05: a value is stale beyond three of its periods', () => {
  expect(freshness(4.1, 1, GOOD)).toBe('stale');
  expect(freshness(182, 60, GOOD)).toBe('stale');
});

test('MON-05, NFR-10: a value is lost at once when its device or the server is', () => {
  expect(freshness(0.3, 1, { ...GOOD, deviceAnswers: false })).toBe('lost');
  expect(freshness(0.3, 1, { ...GOOD, serverReached: false })).toBe('lost');
});
