import { parseMeasurand, type Measurand, type Phase, type Statistic } from './measurand';
import { UNIT_OF_QUANTITY, type Quantity } from './quantities';

/** What a point can show of one quantity: the entry of the API's `quantities`. */
export interface Capability {
  quantity: string;
  decimals: number;
  computed: boolean;
}

/** One figure of a row: the series it shows and how the device gives it. */
export interface Cell {
  /** The spelling, which is the key of the live reading. */
  key: string;
  decimals: number;
  computed: boolean;
}

/** One line of a table: a quantity on a phase, with its figures by statistic (MON-08). */
export interface MeasurandRow {
  quantity: Quantity;
  phase: Phase;
  cells: Partial<Record<Statistic, Cell>>;
}

/** The columns of figures in the order of the requirement. */
export const STATISTICS: Statistic[] = [
  'instant',
  'average',
  'minimum',
  'maximum',
  'min_avg',
  'max_avg',
];

/** Phases in reading order: the parts first, then what sums them up. */
const PHASE_ORDER: Phase[] = ['1', '2', '3', 'n', '12', '23', '31', 'any', 'sys', 'total'];

export interface Parsed {
  measurand: Measurand;
  cell: Cell;
}

/** The capabilities that this page knows how to name; a newer server may offer more. */
export function parseAll(capabilities: readonly Capability[]): Parsed[] {
  return capabilities.flatMap(({ quantity, decimals, computed }) => {
    const measurand = parseMeasurand(quantity);
    return measurand ? [{ measurand, cell: { key: quantity, decimals, computed } }] : [];
  });
}

/**
 * Groups values into lines of a quantity and a phase, in the order of `quantities` and then of the
 * phases. Ranks, tariffs and partial counters are no statistics and are left out.
 */
export function measurandRows(
  values: readonly Parsed[],
  quantities: readonly Quantity[],
): MeasurandRow[] {
  const rows = new Map<string, MeasurandRow>();
  for (const { measurand, cell } of values) {
    const { quantity, phase, rank, counter, tariff, statistic } = measurand;
    if (rank || tariff || counter !== 'total' || !quantities.includes(quantity)) continue;
    const id = `${quantity} ${phase}`;
    const row = rows.get(id) ?? { quantity, phase, cells: {} };
    row.cells[statistic] = cell;
    rows.set(id, row);
  }
  return [...rows.values()].sort(
    (a, b) =>
      quantities.indexOf(a.quantity) - quantities.indexOf(b.quantity) ||
      PHASE_ORDER.indexOf(a.phase) - PHASE_ORDER.indexOf(b.phase),
  );
}

/** The columns that at least one row fills; an empty one is not shown (PLT-13). */
export function statisticsOf(rows: readonly MeasurandRow[]): Statistic[] {
  return STATISTICS.filter((statistic) => rows.some((row) => row.cells[statistic]));
}

/** Quantities whose figures share one engineering prefix, so that they compare at a glance. */
export function prefixFamily(quantity: Quantity): string {
  const unit = UNIT_OF_QUANTITY[quantity];
  if (unit === 'w' || unit === 'var' || unit === 'va') return 'power';
  if (unit === 'wh' || unit === 'varh' || unit === 'vah') return 'energy';
  // Figures without a common unit have nothing to share: each keeps its own decimals.
  if (unit === '' || unit === 'pct') return quantity;
  return unit;
}
