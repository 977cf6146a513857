import { expect, test } from 'vitest';
import { countsOf } from './document';

test('a document is counted before it is sent', () => {
  expect(countsOf('{"sources": [{}, {}], "points": [{}]}')).toEqual({ sources: 2, points: 1 });
  expect(countsOf('{"format": "wattline-configuration"}')).toEqual({ sources: 0, points: 0 });
});

test('what is no document has no counts, and is left to the server to refuse', () => {
  expect(countsOf('{"sources": [')).toBeNull();
  expect(countsOf('null')).toBeNull();
});
