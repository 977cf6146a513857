import type { Point } from '$lib/api/types';
import { scaleFor, UNSCALED, type Scale } from '$lib/format';
import {
  prefixFamily,
  UNIT_OF_QUANTITY,
  type Cell,
  type MeasurandRow,
  type Quantity,
} from '$lib/measurand';
import type { PointView } from './view.svelte';

/** Figures of one quantity that share a scale with the others of their family. */
interface Figures {
  view: PointView;
  quantity: Quantity;
  cells: readonly Cell[];
}

/**
 * The prefix and decimals of each family of figures in a panel (all powers, all voltages): chosen
 * for the largest figure of the family, and kept while they fit.
 */
export class PanelScales {
  readonly #families: Record<string, FamilyScale> = {};

  constructor(figures: Iterable<Figures>) {
    for (const each of figures) {
      const family = prefixFamily(each.quantity);
      this.#families[family] ??= new FamilyScale(each.quantity);
      this.#families[family].figures.push(each);
    }
  }

  static ofRows(view: PointView, rows: readonly MeasurandRow[]): PanelScales {
    return new PanelScales(
      rows.map(({ quantity, cells }) => ({ view, quantity, cells: Object.values(cells) })),
    );
  }

  of(quantity: Quantity): Scale {
    return this.#families[prefixFamily(quantity)]?.current ?? UNSCALED;
  }
}

class FamilyScale {
  readonly figures: Figures[] = [];
  #inUse: Scale | undefined;

  constructor(private readonly quantity: Quantity) {}

  readonly current: Scale = $derived.by(() => {
    const known = this.figures.flatMap(({ view, cells }) =>
      cells.flatMap((cell) => view.latest(cell)?.value ?? []),
    );
    const decimals = Math.max(
      0,
      ...this.figures.flatMap(({ cells }) => cells.map((cell) => cell.decimals)),
    );
    if (known.length === 0) return scaleFor(this.quantity, this.#expected(), decimals);
    const largest = Math.max(...known.map(Math.abs));
    this.#inUse = scaleFor(this.quantity, largest, decimals, this.#inUse);
    return this.#inUse;
  });

  /** What will be about the largest figure, so that hardly anything is rewritten when it comes. */
  #expected(): number {
    return Math.max(0, ...this.figures.map(({ view }) => nominalOf(view.point, this.quantity)));
  }
}

function nominalOf(point: Point, quantity: Quantity): number {
  switch (UNIT_OF_QUANTITY[quantity]) {
    case 'w':
    case 'var':
    case 'va':
      return point.nominal_power_va ?? 0;
    case 'v':
      return point.nominal_voltage_v ?? 0;
    case 'a':
      return point.nominal_current_a ?? 0;
    default:
      return 0;
  }
}
