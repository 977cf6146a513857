import { expect, test } from 'vitest';
import { fileName } from './save';

test('a file is saved under a name that every system takes', () => {
  expect(fileName(['C1: pumps/fans', 'U/I', ''], 'csv')).toBe('C1 pumps fans - U I.csv');
});
