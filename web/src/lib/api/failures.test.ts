import { expect, test } from 'vitest';
import english from '$messages/en.json';
import contract from '../../../../openapi/v1.json';

test('every code of the contract has its words', () => {
  const codes: string[] = contract.components.schemas.ProblemCode.enum;
  const without = [...codes, 'unreachable', 'unexpected'].filter(
    (code) => !Object.hasOwn(english, `failure.${code}`),
  );
  expect(without).toEqual([]);
});
