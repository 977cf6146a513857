import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { UNIT_OF_QUANTITY } from './quantities';

/** Units of the model by the ending they give a spelling. */
const SUFFIXES: Record<string, string> = {
  Volt: 'v',
  Ampere: 'a',
  Hertz: 'hz',
  Watt: 'w',
  Var: 'var',
  VoltAmpere: 'va',
  WattHour: 'wh',
  VarHour: 'varh',
  VoltAmpereHour: 'vah',
  Percent: 'pct',
  Degree: 'deg',
  Second: 's',
  Ohm: 'ohm',
  Farad: 'f',
  Instant: '',
  Ratio: '',
  Code: '',
};

test('quantities and their units are those of the model', () => {
  const source = readFileSync('../crates/model/src/quantity.rs', 'utf8');
  const rows = source.matchAll(/^ {4}\w+ = "(?<stem>\w+)", (?<unit>\w+), \w+;$/gm);
  const model = [...rows].map(({ groups }) => [groups?.stem, SUFFIXES[groups?.unit ?? '']]);
  expect(model.length).toBeGreaterThan(50);
  expect(UNIT_OF_QUANTITY).toEqual(Object.fromEntries(model));
});
