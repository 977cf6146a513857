import { expect, test } from 'vitest';
import { isStrong, keeps, PASSWORD_RULES } from './passwordRules';

function check(password: string, broken: string[]): void {
  expect(PASSWORD_RULES.filter((rule) => !keeps(password, rule))).toEqual(broken);
  expect(isStrong(password)).toBe(broken.length === 0);
}

test('SEC-02: a password that has all it needs is strong', () => {
  check('Quai-neuf-9', []);
  check('Élan vital 9 !', []);
});

test('SEC-02: each missing part is named', () => {
  check('', ['length', 'upper', 'lower', 'digit', 'special']);
  check('Quai-9', ['length']);
  check('quai-neuf-9', ['upper']);
  check('QUAI-NEUF-9', ['lower']);
  check('Quai-neuf-neuf', ['digit']);
  check('Quaineuf99', ['special']);
  check('Quai-neuf-٩', ['digit']);
});

test('a blank is a special character, as the server has it', () => check('Quai neuf 99', []));

test('a letter beyond the first plane counts once', () => check('𝒬𝒬𝒬𝒬𝒬aA1-', ['length']));

test('a password of more than 128 characters is refused', () =>
  check(`aA1-${'x'.repeat(125)}`, ['length']));
