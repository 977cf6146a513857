import { expect, test } from 'vitest';
import { differs, quadrantOf, rimOf, vectorOf } from './quadrant';

test('the four quadrants have their names', () => {
  expect(quadrantOf(8, 6)).toBe('I');
  expect(quadrantOf(-8, 6)).toBe('II');
  expect(quadrantOf(-8, -6)).toBe('III');
  expect(quadrantOf(8, -6)).toBe('IV');
  expect(quadrantOf(0, 0)).toBeNull();
  expect(quadrantOf(null, 6)).toBeNull();
  expect(vectorOf(8, 6)).toBe(10);
});

test('an apparent power is told to differ from one percent on', () => {
  expect(differs(10.05, 8, 6)).toBe(false);
  expect(differs(10.2, 8, 6)).toBe(true);
  expect(differs(null, 8, 6)).toBe(false);
});

test('the rim is the nominal power, and larger only for what is beyond it', () => {
  const step = (seen: number) => (seen < 10 ? 10 : 20);
  expect(rimOf(100, 20, step)).toEqual({ full: 100, ring: 100 });
  expect(rimOf(100, 130, step)).toEqual({ full: 130, ring: 100 });
  expect(rimOf(null, 12, step)).toEqual({ full: 20, ring: 20 });
});
