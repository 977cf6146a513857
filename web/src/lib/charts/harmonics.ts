/** What a chart of harmonics draws: slots of ranks, which of them, and how high its axis goes. */

export interface HarmonicBar {
  /** `1`, `23`. */
  phase: string;
  /** In percent of the fundamental; `null` where there is none of now. */
  value: number | null;
  maximum: number | null;
  /** As written: "3.68 %". */
  text: string;
}

/** One rank, or a group of ranks of which the device gives one figure. */
export interface HarmonicSlot {
  first: number;
  last: number;
  bars: readonly HarmonicBar[];
  limit: number | null;
}

export const RANK_FILTERS = ['all', 'odd', 'even'] as const;
export type RankFilter = (typeof RANK_FILTERS)[number];

export function isGroup({ first, last }: Pick<HarmonicSlot, 'first' | 'last'>): boolean {
  return first !== last;
}

/** "5", "26–34". */
export function rankText({ first, last }: Pick<HarmonicSlot, 'first' | 'last'>): string {
  return first === last ? String(first) : `${first}–${last}`;
}

/** The slots of a filter; a group holds odd and even ranks, so it stays in both. */
export function filtered<T extends Pick<HarmonicSlot, 'first' | 'last'>>(
  slots: readonly T[],
  filter: RankFilter,
): T[] {
  return slots.filter(
    (slot) => filter === 'all' || isGroup(slot) || (slot.first % 2 === 1) === (filter === 'odd'),
  );
}

/** A group is this many times as wide as a single rank, so that its name fits below. */
const GROUP_WIDTH = 2;

/** Where each slot begins and ends, as shares of the whole width. */
export function spans(slots: readonly HarmonicSlot[]): { from: number; to: number }[] {
  const weights = slots.map((slot) => (isGroup(slot) ? GROUP_WIDTH : 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let at = 0;
  return weights.map((weight) => {
    const from = at / whole;
    at += weight;
    return { from, to: at / whole };
  });
}

/** Steps of an axis, in tenths, hundredths or thousands of these. */
const STEPS = [1, 2, 5, 10];
const TICKS_MAX = 6;

/** The marks of an axis from zero to beyond `largest`, and no lower than one in use. */
export function axis(largest: number, inUse = 0): number[] {
  const size = Math.max(largest, inUse, 0.1);
  const decade = 10 ** Math.floor(Math.log10(size / TICKS_MAX));
  const step = (STEPS.find((step) => step * decade * TICKS_MAX >= size * 0.999) ?? 10) * decade;
  const n_steps = Math.ceil(size / step - 1e-9);
  return Array.from({ length: n_steps + 1 }, (_, index) => Number((index * step).toFixed(6)));
}

/** A bar above the limit of its rank. */
export interface Excess {
  slot: HarmonicSlot;
  bar: HarmonicBar;
}

/** The bars above their limit, the worst first. */
export function excesses(slots: readonly HarmonicSlot[]): Excess[] {
  return slots
    .flatMap((slot) =>
      slot.bars
        .filter(({ value }) => value !== null && slot.limit !== null && value > slot.limit)
        .map((bar) => ({ slot, bar })),
    )
    .sort((a, b) => over(b) - over(a));
}

function over({ slot, bar }: Excess): number {
  return (bar.value ?? 0) / (slot.limit ?? 1);
}
