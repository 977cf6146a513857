/** A curve over time: where its hours lie, where it has gaps, and what its extremes are. */

export interface Steps {
  /** Start and end of what is drawn, RFC 3339; a day of the site has 23 to 25 hours. */
  from: string;
  until: string;
  step_s: number;
  values: readonly (number | null)[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** The clock of an instant in a zone, `14:30`. */
export function clockAt(at_ms: number, timeZone: string): string {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    clocks.set(timeZone, clock);
  }
  return clock.format(at_ms);
}

export interface Tick {
  at_ms: number;
  label: string;
}

/** Minutes between two marks, for spans up to so many hours. */
const TICK_MINUTES = [
  { hours: 0.25, minutes: 5 },
  { hours: 0.75, minutes: 10 },
  { hours: 1.5, minutes: 15 },
  { hours: 6, minutes: 60 },
  { hours: 12, minutes: 120 },
  { hours: Infinity, minutes: 360 },
];

/**
 * Marks at round times of the clock on the wall, so that they stay right when the clock is
 * changed; `sparse` leaves every second one out.
 */
export function ticks(
  from_ms: number,
  until_ms: number,
  timeZone: string,
  sparse: boolean,
): Tick[] {
  const hours = (until_ms - from_ms) / HOUR_MS;
  const minutes = TICK_MINUTES.find((step) => hours <= step.hours)?.minutes ?? 360;
  const every = sparse ? minutes * 2 : minutes;
  const found: Tick[] = [];
  const first = Math.ceil(from_ms / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
  for (let at_ms = first; at_ms <= until_ms; at_ms += 5 * MINUTE_MS) {
    const label = clockAt(at_ms, timeZone);
    const [hour = 0, minute = 0] = label.split(':').map(Number);
    const isRepeated = found.at(-1)?.label === label;
    if ((hour * 60 + minute) % every === 0 && !isRepeated) found.push({ at_ms, label });
  }
  return found;
}

/** Runs of steps with values, and of steps without, as half-open index ranges in their order. */
export interface Run {
  from: number;
  until: number;
  isGap: boolean;
}

export function runs(values: readonly (number | null)[]): Run[] {
  const found: Run[] = [];
  values.forEach((value, index) => {
    const isGap = value === null;
    const last = found.at(-1);
    if (last && last.isGap === isGap) last.until = index + 1;
    else found.push({ from: index, until: index + 1, isGap });
  });
  return found;
}

/** The largest value and when its step began; `null` without any value. */
export function peak(steps: Steps): { value: number; at_ms: number } | null {
  let best: { value: number; at_ms: number } | null = null;
  const from_ms = Date.parse(steps.from);
  steps.values.forEach((value, index) => {
    if (value === null || (best && value <= best.value)) return;
    best = { value, at_ms: from_ms + index * steps.step_s * 1000 };
  });
  return best;
}

/** Curves of the same steps added up; a step that one of them lacks is a gap. */
export function sum(curves: readonly Steps[]): Steps | null {
  const [first, ...others] = curves;
  if (!first) return null;
  const values = first.values.map((value, index) =>
    others.reduce<number | null>((total, other) => {
      const added = other.values[index] ?? null;
      return total === null || added === null ? null : total + added;
    }, value),
  );
  return { ...first, values };
}
