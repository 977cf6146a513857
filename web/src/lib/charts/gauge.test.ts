import { describe, expect, test } from 'vitest';
import {
  arc,
  aroundNominal,
  beyond,
  centreZero,
  fromZero,
  isAllowed,
  lowLimit,
  pointAt,
  position,
  seenFullScale,
  tinted,
  withTolerance,
} from './gauge';

describe('the scale of a gauge', () => {
  test('MON-18 goes from zero to its full scale', () => {
    const scale = fromZero(150, 125);
    expect(position(scale, 0)).toBe(0);
    expect(position(scale, 75)).toBe(0.5);
    expect(position(scale, 150)).toBe(1);
  });

  test('holds what is beyond at its end, and says so', () => {
    const scale = fromZero(150, 125);
    expect(position(scale, 400)).toBe(1);
    expect(beyond(scale, 400)).toBe('over');
    expect(position(scale, -3)).toBe(0);
    expect(beyond(scale, -3)).toBe('under');
    expect(beyond(scale, 150)).toBeNull();
  });

  test('has zero in the middle for what flows both ways', () => {
    const scale = centreZero(30_000, null);
    expect(position(scale, 0)).toBe(0.5);
    expect(position(scale, -30_000)).toBe(0);
    expect(position(scale, 15_000)).toBe(0.75);
  });

  test('shows a deviation around its nominal value', () => {
    const scale = aroundNominal(50, 0.04, 0.01);
    expect(position(scale, 50)).toBeCloseTo(0.5);
    expect(isAllowed(scale, 49.51)).toBe(true);
    expect(isAllowed(scale, 50.51)).toBe(false);
  });

  test('MON-18 takes the next step of 1-2-5 above the largest value seen', () => {
    for (const [seen, expected] of [
      [0.7, 1],
      [1, 2],
      [38, 50],
      [50, 100],
      [-120, 200],
      [0, 1],
    ] as const)
      expect(seenFullScale(seen), String(seen)).toBeCloseTo(expected);
  });

  test('MON-18 never steps back while it is watched', () => {
    expect(seenFullScale(3, 50)).toBe(50);
    expect(seenFullScale(60, 50)).toBe(100);
    expect(seenFullScale(Number.NaN, 50)).toBe(50);
  });
});

describe('the arc', () => {
  test('starts at the lower left, passes the top and ends at the lower right', () => {
    expect(pointAt(0.5, 100)).toEqual({ x: 0, y: -100 });
    const [start, end] = [pointAt(0, 100), pointAt(1, 100)];
    expect(start.x).toBeCloseTo(-end.x);
    expect(start.y).toBeCloseTo(end.y);
    expect(start.x).toBeLessThan(0);
    expect(start.y).toBeGreaterThan(0);
  });

  test('takes the long way round when it is more than half a turn', () => {
    expect(arc(0, 1, 10)).toContain(' 0 1 1 ');
    expect(arc(0, 0.5, 10)).toContain(' 0 0 1 ');
  });

  test('has no length for a value at its origin', () => {
    expect(arc(0.5, 0.5, 10)).toBe('');
  });

  test('runs the same way whichever end comes first', () => {
    expect(arc(0.5, 0.2, 10)).toBe(arc(0.2, 0.5, 10));
  });

  test('is tinted outside of what is allowed', () => {
    expect(tinted(fromZero(120, 100))).toHaveLength(1);
    expect(tinted(aroundNominal(50, 0.04, 0.01))).toHaveLength(2);
    expect(tinted(fromZero(120, null))).toHaveLength(0);
  });

  test('has a tick for a low limit that would tint nearly all of it', () => {
    const scale = withTolerance(276, 230, 0.1);
    expect(tinted(scale)).toHaveLength(1);
    expect(lowLimit(scale)).toBeCloseTo(0.75);
    expect(lowLimit(aroundNominal(50, 0.04, 0.01))).toBeNull();
  });
});
