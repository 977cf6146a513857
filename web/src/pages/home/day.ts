/** Today's curve: where its hours lie, where it has gaps, and what its extremes are. */

export interface DaySteps {
  /** Start and end of the site's day, RFC 3339: 23 to 25 hours apart. */
  from: string;
  until: string;
  step_s: number;
  values: readonly (number | null)[];
}

const HALF_HOUR_MS = 1_800_000;
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

/** A mark each `hours` of the clock on the wall, so that they stay right when the clock is changed. */
export function hourTicks(
  from_ms: number,
  until_ms: number,
  timeZone: string,
  hours: number,
): Tick[] {
  const ticks: Tick[] = [];
  for (let at = from_ms; at <= until_ms; at += HALF_HOUR_MS) {
    const label = clockAt(at, timeZone);
    const [hour = '', minute] = label.split(':');
    const isRepeated = ticks.at(-1)?.label === label;
    if (minute === '00' && Number(hour) % hours === 0 && !isRepeated)
      ticks.push({ at_ms: at, label });
  }
  return ticks;
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
export function peak(steps: DaySteps): { value: number; at_ms: number } | null {
  let best: { value: number; at_ms: number } | null = null;
  const from_ms = Date.parse(steps.from);
  steps.values.forEach((value, index) => {
    if (value === null || (best && value <= best.value)) return;
    best = { value, at_ms: from_ms + index * steps.step_s * 1000 };
  });
  return best;
}

/** One bar of energy: what an hour drew, and how much of the hour was measured. */
export interface HourBar {
  from_ms: number;
  wh: number | null;
  coverage: number;
}

/** Means of power put together to the energy of each full hour of the day. */
export function hourBars(steps: DaySteps): HourBar[] {
  const perHour = Math.max(1, Math.round(3600 / steps.step_s));
  const from_ms = Date.parse(steps.from);
  const bars: HourBar[] = [];
  for (let start = 0; start < steps.values.length; start += perHour) {
    const known = steps.values.slice(start, start + perHour).filter((value) => value !== null);
    bars.push({
      from_ms: from_ms + start * steps.step_s * 1000,
      wh:
        known.length === 0
          ? null
          : known.reduce((sum, value) => sum + (value * steps.step_s) / 3600, 0),
      coverage: known.length / perHour,
    });
  }
  return bars;
}
