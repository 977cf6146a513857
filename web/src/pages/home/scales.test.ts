import { expect, test } from 'vitest';
import { percentText } from './scales';

test('a share is never rounded up to all, nor down to nothing', () => {
  expect(percentText(1, 'en')).toBe('100.0');
  expect(percentText(0.9999, 'en')).toBe('99.9');
  expect(percentText(0.996, 'fr')).toBe('99,6');
  expect(percentText(0.0001, 'en')).toBe('< 0.1');
  expect(percentText(0, 'en')).toBe('0.0');
});
