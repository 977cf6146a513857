import { expect, test } from 'vitest';
import type { Point } from '$lib/api/types';
import { barLength, byLoad, listed, share } from './loads';

const circuit = (id: number, more: Partial<Point> = {}) =>
  ({
    id,
    kind: 'circuit',
    feeds_site: false,
    headlines: [{ quantity: 'p_w' }],
    nominal_power_va: 1000,
    ...more,
  }) as Point;

const ids = (points: readonly Point[]) => points.map((point) => point.id);

test('loads are listed, supplies only where there is nothing else', () => {
  const supply = circuit(1, { feeds_site: true });
  expect(ids(listed([supply, circuit(2), circuit(3, { kind: 'network' })]))).toEqual([2]);
  expect(ids(listed([supply]))).toEqual([1]);
});

test('a circuit without power is not listed', () => {
  expect(listed([circuit(2, { headlines: [] })])).toEqual([]);
});

test('the largest power comes first, whichever way it flows, and missing ones last', () => {
  const power: Record<number, number | null> = { 1: 5, 2: null, 3: -20, 4: 0 };
  const order = byLoad(
    [circuit(1), circuit(2), circuit(3), circuit(4)],
    (one) => power[one.id] ?? null,
  );
  expect(ids(order)).toEqual([3, 1, 4, 2]);
});

test('the share is of the nominal power, and unknown without one', () => {
  const unknown = { nominal_power_va: null };
  expect(share(circuit(1), -250)).toBe(0.25);
  expect(share(circuit(1), null)).toBeNull();
  expect(share(circuit(1, unknown), 500)).toBeNull();
  expect(barLength(circuit(1, unknown), 500, 2000)).toBe(0.25);
  expect(barLength(circuit(1), 5000, 8000)).toBe(1);
  expect(barLength(circuit(1), null, 8000)).toBe(0);
});
