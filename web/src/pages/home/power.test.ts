import { describe, expect, test } from 'vitest';
import type { Point } from '$lib/api/types';
import type { Freshness, LiveReadings, StreamState } from '$lib/live';
import { powerOf, sumUp, type Power } from './power';

const point = { id: 1 } as Point;

describe('the power of a circuit', () => {
  function check(state: StreamState, freshness: Freshness, expected: number | null): void {
    const live = { state, freshness: () => freshness, latest: () => ({ value: 500 }) };
    expect(powerOf(live as unknown as LiveReadings, point)).toEqual({ value: expected, freshness });
  }

  test('is the newest one, also when it is old', () => {
    check('live', 'live', 500);
    check('live', 'stale', 500);
  });

  test('MON-05: is none when its device is silent', () => check('live', 'lost', null));

  test('is none yet before the first reading, and lost only if its device is', () => {
    for (const [answers, freshness] of [
      [true, 'live'],
      [false, 'lost'],
    ] as const) {
      const live = { latest: () => undefined, answers: () => answers };
      const power = powerOf(live as unknown as LiveReadings, point);
      expect(power).toEqual({ value: null, freshness });
    }
  });

  test('NFR-10: is the last one when only the server is lost', () => check('lost', 'lost', 500));
});

describe('HOM-01: power now', () => {
  function check(powers: Power[], expected: ReturnType<typeof sumUp>): void {
    const of = (one: Point) => powers[one.id] as Power;
    expect(
      sumUp(
        powers.map((_, id) => ({ id }) as Point),
        of,
      ),
    ).toEqual(expected);
  }
  const now = (value: number | null): Power => ({ value, freshness: 'live' });

  test('is the sum of what the supplies bring', () =>
    check([now(5), now(-2)], { value: 3, answering: 2, isCurrent: true }));

  test('is none and not current while one supply answers that it has no value', () =>
    check([now(5), now(null)], { value: null, answering: 1, isCurrent: false }));

  test('is not current while one value is old', () =>
    check([now(5), { value: 2, freshness: 'stale' }], {
      value: 7,
      answering: 1,
      isCurrent: false,
    }));

  test('is none without supplies', () =>
    check([], { value: null, answering: 0, isCurrent: false }));
});
