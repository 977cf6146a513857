import { expect, test } from 'vitest';
import { threePhases } from './phases';

test('three phases add up to nothing at any moment', () => {
  const heights = threePhases(960, 200, 2).map((path) =>
    path
      .slice(1)
      .split('L')
      .map((point) => Number(point.split(' ')[1]) - 100),
  );
  heights[0]?.forEach((height, step) => {
    const total = height + (heights[1]?.[step] ?? 0) + (heights[2]?.[step] ?? 0);
    expect(Math.abs(total)).toBeLessThan(0.2);
  });
});
