/** Figures as they stand on a page, read back into what they claim. */
import type { Locator } from '@playwright/test';

export interface Shown {
  /** In the unit without prefix; `null` for the dash of a missing value. */
  value: number | null;
  /** What the last figure that is shown is worth, in the same unit. */
  step: number;
  /** Without prefix: `W`, `%`, `''`. */
  unit: string;
}

const FIGURE = /(?<figure>–|−?\d[\d\u202f]*(?:\.(?<decimals>\d+))?)\s*(?<unit>[^\d\s–]*)$/;
const PREFIXES: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };
const UNITS = ['W', 'var', 'VA', 'Wh', 'varh', 'VAh', 'V', 'A', 'Hz', 'h', '%', ''];

/** Reads "12.643 A" or "lagging 0.937" or "–", as English writes them. */
export function readFigure(text: string): Shown {
  const found = FIGURE.exec(text.trim())?.groups;
  if (!found) throw new Error(`"${text}" is no figure`);
  const { figure = '', decimals = '', unit: written = '' } = found;
  const unit = UNITS.find((unit) => written === unit) ?? written.slice(1);
  const factor = unit === written ? 1 : (PREFIXES[written.slice(0, 1)] ?? NaN);
  if (Number.isNaN(factor) || !UNITS.includes(unit)) throw new Error(`"${text}" has no known unit`);
  const plain = figure.replaceAll('\u202f', '').replace('−', '-');
  return {
    value: figure === '–' ? null : Number(plain) * factor,
    step: factor * 10 ** -decimals.length,
    unit,
  };
}

/** Whether a figure is `value` rounded to what is shown of it. */
export function isRounded(shown: Shown, value: number | null): boolean {
  if (shown.value === null || value === null) return shown.value === value;
  return Math.abs(shown.value - value) <= shown.step * 0.5 * (1 + 1e-6);
}

export interface TableCell {
  column: string;
  text: string;
}

export interface TableRow {
  head: string;
  cells: TableCell[];
}

/** The rows of a table with the heading of each cell that is not empty. */
export async function readTable(region: Locator): Promise<TableRow[]> {
  return region.locator('table').evaluate((table) => {
    // Not the thin spaces inside figures.
    const text = (cell: Element) => (cell.textContent ?? '').replace(/[ \n\t]+/g, ' ').trim();
    const columns = [...table.querySelectorAll('thead th')].map(text);
    return [...table.querySelectorAll('tbody tr')].map((row) => {
      const [head, ...cells] = [...row.children].map(text);
      return {
        head: head ?? '',
        cells: cells
          .map((text, index) => ({ column: columns[index + 1] ?? '', text }))
          .filter(({ text }) => text !== ''),
      };
    });
  });
}
