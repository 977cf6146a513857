import { formatNumber } from '$lib/format';
import type { Cell, CounterKind, Parsed, Quantity } from '$lib/measurand';

/** One column of the energy table. */
export interface EnergyColumn {
  counter: CounterKind;
  tariff: number | null;
}

/** The counters of one energy. */
export interface EnergyRow {
  quantity: Quantity;
  cell(column: EnergyColumn): Cell | undefined;
}

const COUNTERS: CounterKind[] = ['total', 'partial', 'last_partial'];

/** The energies that the device counts, in the order of `quantities` (MON-20). */
export function energyRows(
  values: readonly Parsed[],
  quantities: readonly Quantity[],
): EnergyRow[] {
  return quantities.flatMap((quantity) => {
    // A device may count each phase beside the whole.
    const own = values.filter(({ measurand: m }) => m.quantity === quantity && m.phase === 'total');
    if (own.length === 0) return [];
    const cell = ({ counter, tariff }: EnergyColumn) =>
      own.find(({ measurand: m }) => m.counter === counter && m.tariff === tariff)?.cell;
    return [{ quantity, cell }];
  });
}

/** The sums over all tariffs that at least one energy has: total, partial, last partial (MON-21). */
export function sumColumns(rows: readonly EnergyRow[]): EnergyColumn[] {
  return COUNTERS.map((counter) => ({ counter, tariff: null })).filter((column) =>
    rows.some((row) => row.cell(column)),
  );
}

/** The tariffs of a kind of counter, T1 to T8, that at least one energy has (MON-21). */
export function tariffColumns(rows: readonly EnergyRow[], counter: CounterKind): EnergyColumn[] {
  return [1, 2, 3, 4, 5, 6, 7, 8]
    .map((tariff) => ({ counter, tariff }))
    .filter((column) => rows.some((row) => row.cell(column)));
}

/** The kinds of counter that are split by tariff. */
export function splitCounters(rows: readonly EnergyRow[]): CounterKind[] {
  return COUNTERS.filter((counter) => tariffColumns(rows, counter).length > 0);
}

/** The part of each value in their sum; `null` where something is missing or nothing was counted. */
export function shares(values: readonly (number | null)[]): number[] | null {
  if (values.length === 0 || values.some((value) => value === null)) return null;
  const numbers = values as number[];
  const sum = numbers.reduce((a, b) => a + b, 0);
  return sum > 0 ? numbers.map((value) => value / sum) : null;
}

/** A part in whole percent, never 0 for one that is there and never 100 beside another. */
export function shareText(share: number, locale: string): string {
  const percent = 100 * share;
  if (percent > 0 && percent < 0.5) return `< ${formatNumber(1, 0, locale)}`;
  if (percent < 100 && percent >= 99.5) return `> ${formatNumber(99, 0, locale)}`;
  return formatNumber(percent, 0, locale);
}
