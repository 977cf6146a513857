/** A duration cut down to its largest unit, so that an age stays short. */
export interface ShortDuration {
  amount: number;
  unit: 'second' | 'minute' | 'hour' | 'day';
}

const STEPS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const;

/** `42 s`, `3 min`, `2 h`, `5 d`: rounded down, so that an age never runs ahead. */
export function shortDuration(milliseconds: number): ShortDuration {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const step = STEPS.find((step) => seconds >= step.seconds);
  return step
    ? { amount: Math.floor(seconds / step.seconds), unit: step.unit }
    : { amount: seconds, unit: 'second' };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    // English without a country would put the month first and count to twelve.
    format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, options);
    formats.set(key, format);
  }
  return format;
}

const MINUTES: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};
const SECONDS: Intl.DateTimeFormatOptions = { ...MINUTES, second: '2-digit' };

/** The calendar date of an instant in a zone, as `2026-03-29`. */
function localDate(at: number, timeZone: string): string {
  const parts = formatOf('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const part = (type: string) => parts.formatToParts(at).find((p) => p.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/**
 * When something was, in the site's zone and as short as it stays clear: the clock today, the
 * date with hour and minute this year, the year too before that. `''` for no instant. Instants are in ms since 1970.
 */
export function formatMoment(
  at: number | null,
  now: number,
  timeZone: string,
  locale: string,
): string {
  if (at === null || Number.isNaN(at)) return '';
  const date = localDate(at, timeZone);
  const today = localDate(now, timeZone);
  if (date === today) return formatOf(locale, { timeZone, ...SECONDS }).format(at);
  const sameYear = date.slice(0, 4) === today.slice(0, 4);
  return formatOf(locale, {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
    ...MINUTES,
  }).format(at);
}

/** The same in full, with seconds and the zone's name, for titles and print. */
export function formatInstant(at: number | null, timeZone: string, locale: string): string {
  if (at === null || Number.isNaN(at)) return '';
  return formatOf(locale, { timeZone, dateStyle: 'long', timeStyle: 'long' }).format(at);
}

/** Whether times of the site read differently from those of the person's own clock at `now`. */
export function zoneDiffers(timeZone: string, now: number, ownZone = browserZone()): boolean {
  const clock = (zone: string) =>
    localDate(now, zone) + formatOf('en', { timeZone: zone, ...MINUTES }).format(now);
  return clock(timeZone) !== clock(ownZone);
}

function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
