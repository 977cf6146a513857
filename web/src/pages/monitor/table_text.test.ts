import { describe, expect, test } from 'vitest';
import { toCsv, toTsv } from './table_text';

const TABLE = {
  header: ['Quantity', 'Now'],
  rows: [
    ['Active power P', '19.5'],
    ['Place "A", roof', ''],
  ],
};

describe('MON-08 a table as text', () => {
  test('has tabs for a spreadsheet', () => {
    expect(toTsv(TABLE)).toBe('Quantity\tNow\nActive power P\t19.5\nPlace "A", roof\t');
  });

  test('quotes what a comma would tear', () => {
    expect(toCsv(TABLE)).toBe(
      '\uFEFFQuantity,Now\r\nActive power P,19.5\r\n"Place ""A"", roof",\r\n',
    );
  });
});
