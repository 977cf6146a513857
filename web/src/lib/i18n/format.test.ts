import { expect, it } from 'vitest';
import { format, placeholders, type Parameters } from './format';

const CATALOGUE = {
  hello: 'Hello',
  peak: 'peak {value} at {time}',
  circuits_one: '{count} circuit',
  circuits_other: '{count} circuits',
};

function check(locale: string, key: string, parameters: Parameters, expected: string): void {
  expect(format(CATALOGUE, new Intl.PluralRules(locale), key, parameters)).toBe(expected);
}

it('answers the message of a key', () => check('en', 'hello', {}, 'Hello'));

it('fills in placeholders', () =>
  check('en', 'peak', { value: '3 kW', time: '11:20' }, 'peak 3 kW at 11:20'));

it('leaves a placeholder that nobody filled in, so that the gap is seen', () =>
  check('en', 'peak', { value: 3 }, 'peak 3 at {time}'));

it('takes the plural form of the language', () => {
  check('en', 'circuits', { count: 1 }, '1 circuit');
  check('en', 'circuits', { count: 0 }, '0 circuits');
  check('fr', 'circuits', { count: 0 }, '0 circuit');
  check('fr', 'circuits', { count: 2 }, '2 circuits');
});

it('falls back on the general form where the catalogue does not tell a form apart', () =>
  check('fr', 'circuits', { count: 1_000_000 }, '1000000 circuits'));

it('answers an unknown key itself', () => check('en', 'no.such.key', {}, 'no.such.key'));

it('names the placeholders of a message', () => {
  expect(placeholders('peak {value} at {time}')).toEqual(['time', 'value']);
  expect(placeholders('none')).toEqual([]);
});
