import type { HarmonicSlot } from '$lib/charts/harmonics';
import type { VoltageLimits } from '$lib/api/types';
import { phaseName, type Cell, type Parsed, type Phase, type Quantity } from '$lib/measurand';
import type { Scale } from '$lib/format';
import { PanelScales } from './scales.svelte';
import type { PointView } from './view.svelte';

/** The figures of one rank or group of ranks, by phase. */
export interface RankRow {
  first: number;
  last: number;
  instant: Partial<Record<Phase, Cell>>;
  maximum: Partial<Record<Phase, Cell>>;
}

const PHASE_ORDER: readonly Phase[] = ['1', '2', '3', 'n', '12', '23', '31'];

/** The ranks that a device gives of one quantity, in their order. */
export function rankRows(values: readonly Parsed[], quantity: Quantity): RankRow[] {
  const rows = new Map<string, RankRow>();
  for (const { measurand, cell } of values) {
    const { rank, phase, statistic } = measurand;
    if (!rank || measurand.quantity !== quantity) continue;
    if (statistic !== 'instant' && statistic !== 'maximum') continue;
    const id = `${rank.first} ${rank.last}`;
    const row = rows.get(id) ?? { ...rank, instant: {}, maximum: {} };
    row[statistic][phase] = cell;
    rows.set(id, row);
  }
  return [...rows.values()].sort((a, b) => a.first - b.first || a.last - b.last);
}

/** The phases that have a rank at all. */
export function phasesOf(rows: readonly RankRow[]): Phase[] {
  return PHASE_ORDER.filter((phase) => rows.some((row) => row.instant[phase]));
}

/** One scale for all ranks, so that they compare at a glance. */
export function rankScales(
  view: PointView,
  rows: readonly RankRow[],
  quantity: Quantity,
): PanelScales {
  return new PanelScales(
    rows.map((row) => ({ view, quantity, cells: Object.values(row.instant) })),
  );
}

/** The limit of a row: a group of ranks has none, and a current has none. */
export function limitOf(
  row: Pick<RankRow, 'first' | 'last'>,
  quantity: Quantity,
  limits: VoltageLimits | null | undefined,
): number | null {
  if (quantity === 'harmonic_i' || row.first !== row.last) return null;
  return limits?.harmonics.find(({ rank }) => rank === row.first)?.limit_pct ?? null;
}

/** What the chart draws of these rows now. */
export function slotsOf(
  view: PointView,
  rows: readonly RankRow[],
  quantity: Quantity,
  phases: readonly Phase[],
  scale: Scale,
  limits: VoltageLimits | null | undefined,
): HarmonicSlot[] {
  return rows.map((row) => ({
    first: row.first,
    last: row.last,
    limit: limitOf(row, quantity, limits),
    bars: phases.map((phase) => {
      const [cell, highest] = [row.instant[phase], row.maximum[phase]];
      const figure = cell && view.figure(cell, quantity, scale, false);
      return {
        phase,
        value: figure?.value ?? null,
        maximum: highest ? view.figure(highest, quantity, scale, true).value : null,
        text: figure ? `${figure.text}\u00a0${figure.unit}` : '',
      };
    }),
  }));
}

/** "L1", "L1-L2": the phase of a bar. */
export function barName(quantity: Quantity, phase: string): string {
  return phaseName(quantity, phase as Phase);
}
