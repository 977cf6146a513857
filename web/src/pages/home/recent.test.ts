import { expect, test } from 'vitest';
import { isYoung, recentSpan } from './recent';

const NOW = Date.parse('2026-11-20T13:32:08Z');
const MINUTE = 60_000;

test('a history is young in its first hours', () => {
  expect(isYoung(NOW - 5 * MINUTE, NOW)).toBe(true);
  expect(isYoung(NOW - 300 * MINUTE, NOW)).toBe(false);
  expect(isYoung(null, NOW)).toBe(false);
});

test('the span is the last hour, or since the first reading, on whole steps', () => {
  const span = (age: number) => {
    const { from, until } = recentSpan(NOW - age * MINUTE, NOW);
    return `${from.toISOString().slice(11, 19)} ${until.toISOString().slice(11, 19)}`;
  };
  expect(span(300)).toBe('12:32:00 13:32:00');
  expect(span(5)).toBe('13:27:00 13:32:00');
  expect(span(0)).toBe('13:31:45 13:32:00');
});
