import { describe, expect, test } from 'vitest';
import { headOf, placeLabels, starOf, tipOf } from './phasor';

function check(length: number, degrees: number, x: number, y: number): void {
  const tip = tipOf(length, degrees);
  expect(tip.x).toBeCloseTo(x, 6);
  expect(tip.y).toBeCloseTo(y, 6);
}

describe('the geometry of phasors', () => {
  test('turns counter-clockwise on a screen whose y grows downwards', () => {
    check(10, 0, 10, 0);
    check(10, 90, 0, -10);
    check(10, -120, -5, 8.660254);
  });

  test('a head ends at the tip of its arrow', () => {
    expect(headOf(10, 0, 4)).toMatch(/^M[-\d.]+ [-\d.]+L10\.00 0\.00L[-\d.]+ [-\d.]+$/);
  });

  test('the star of an even triangle has its first voltage 30° behind U12', () => {
    const star = starOf([tipOf(400, 30), tipOf(400, -90), tipOf(400, 150)]);
    expect(star[0].x).toBeCloseTo(400 / Math.sqrt(3), 6);
    expect(star[0].y).toBeCloseTo(0, 6);
    expect(star[1].y).toBeCloseTo(200, 6);
  });
});

describe('labels around the ring', () => {
  const HEIGHT = 36;

  test('stand beside their arrows where there is room', () => {
    const [right, left] = placeLabels([0, 180], 100, HEIGHT, 120);
    expect(right).toEqual({ x: 100, y: 0, anchor: 'start' });
    expect(left?.anchor).toBe('end');
    expect(left?.y).toBeCloseTo(0, 6);
  });

  test('never lie on each other, whatever the angles', () => {
    for (let turn = -180; turn < 180; turn += 3) {
      for (const phi of [-80, -31, -3, 0, 3, 17, 45, 88]) {
        const volts = [0, -120, 120].map((degrees) => degrees + turn);
        const labels = placeLabels(
          [...volts, ...volts.map((degrees) => degrees - phi)],
          140,
          HEIGHT,
          160,
        );
        for (const anchor of ['start', 'end'] as const) {
          const middles = labels
            .filter((label) => label.anchor === anchor)
            .map(({ y }) => y)
            .sort((a, b) => a - b);
          middles.slice(1).forEach((y, index) => {
            expect(y - (middles[index] ?? 0)).toBeGreaterThanOrEqual(HEIGHT - 1e-6);
          });
          expect(Math.max(0, ...middles.map(Math.abs))).toBeLessThanOrEqual(160 + 1e-6);
        }
      }
    }
  });
});
