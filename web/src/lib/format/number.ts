/** What stands where a value is missing: never a zero, never "NaN". */
export const MISSING = '–';
const MINUS = '\u2212';
/** A thin space that does not break, in every language (SI brochure 5.4.4). */
const GROUP = '\u202f';

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(locale: string, decimals: number, decimalsLeast: number): Intl.NumberFormat {
  const key = `${locale} ${decimalsLeast} ${decimals}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimalsLeast,
      maximumFractionDigits: decimals,
      useGrouping: 'always',
      // "−0.0" would read as an export that is none.
      signDisplay: 'negative',
    });
    formats.set(key, format);
  }
  return format;
}

/** A number with exactly `decimals` decimals, or an en dash where there is none. */
export function formatNumber(
  value: number | null | undefined,
  decimals: number,
  locale: string,
): string {
  return write(value, formatOf(locale, decimals, decimals));
}

/** A number with at most `decimals` decimals: for what is set, not measured (125 A, 34.5 kVA). */
export function formatSetting(
  value: number | null | undefined,
  decimals: number,
  locale: string,
): string {
  return write(value, formatOf(locale, decimals, 0));
}

function write(value: number | null | undefined, format: Intl.NumberFormat): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  return format
    .formatToParts(value)
    .map(({ type, value: part }) =>
      type === 'group' ? GROUP : type === 'minusSign' ? MINUS : part,
    )
    .join('');
}

/** The same figure for files and clipboards: point, plain minus, no grouping; `''` for missing. */
export function plainNumber(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}
