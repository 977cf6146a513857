import { expect, test } from 'vitest';
import { NO_READINGS, streamQuery, type Interest } from './interest';

function check(interests: Interest[], expected: string): void {
  expect(streamQuery(interests)).toBe(expected);
}

test('one page asks for what it shows', () =>
  check([{ points: [2], quantities: ['p_w', 'i1_a'] }], '?circuits=2&quantities=i1_a,p_w'));

test('parts of a page are put together, each value once', () =>
  check(
    [
      { points: [10, 2], quantities: ['p_w'] },
      { points: [2, 3], quantities: ['p_w', 'q_var'] },
    ],
    '?circuits=2,3,10&quantities=p_w,q_var',
  ));

test('points and devices stand beside each other', () =>
  check([{ points: [2] }, { devices: [3] }], '?circuits=2&devices=3'));

test('an interest in everything is not narrowed by others', () =>
  check([{ points: [2], quantities: ['p_w'] }, {}], ''));

test('an interest in all quantities is not narrowed by others', () =>
  check([{ points: [2], quantities: ['p_w'] }, { points: [3] }], '?circuits=2,3'));

test('health alone asks for no readings, and leaves those of others as they are', () => {
  check([NO_READINGS], '?circuits=');
  check([NO_READINGS, { points: [2], quantities: ['p_w'] }], '?circuits=2&quantities=p_w');
  check([NO_READINGS, { quantities: ['p_w'] }], '?quantities=p_w');
});

test('the order in which parts ask does not reopen the stream', () => {
  const parts: Interest[] = [{ points: [3] }, { points: [2] }, { devices: [1] }];
  expect(streamQuery(parts)).toBe(streamQuery(parts.toReversed()));
});
