import { expect, test } from 'vitest';
import { parseEvent } from './parse';

const NOW = '2026-11-20T13:32:08Z';
const reading = { point: 2, quantity: 'p_w', value: 19500, at: NOW, decimals: 0, period_s: 1 };

function check(data: unknown, expected: unknown): void {
  expect(parseEvent(typeof data === 'string' ? data : JSON.stringify(data))).toEqual(expected);
}

test('a snapshot carries version, readings and health', () =>
  check(
    { now: NOW, version: '0.1.0', readings: [reading], health: [{ device: 1 }] },
    { now: Date.parse(NOW), version: '0.1.0', readings: [reading], health: [{ device: 1 }] },
  ));

test('a tick carries the clock alone', () =>
  check({ now: NOW }, { now: Date.parse(NOW), readings: [], health: [] }));

test('what is no event is none, and never breaks the page', () => {
  for (const data of ['', 'not json', '3', 'null', '{}', '{"now":"soon"}']) check(data, undefined);
});
