/** What stands where a value is missing: never a zero, never "NaN". */
export const MISSING = '–';
const MINUS = '\u2212';
/** A thin space that does not break, in every language (SI brochure 5.4.4). */
const GROUP = '\u202f';

const formats = new Map<string, Intl.NumberFormat>();

function remembered(
  key: string,
  locale: string,
  options: Intl.NumberFormatOptions,
): Intl.NumberFormat {
  let format = formats.get(key);
  if (!format) {
    // "−0.0" would read as an export that is none.
    format = new Intl.NumberFormat(locale, {
      ...options,
      useGrouping: 'always',
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
  return write(
    value,
    remembered(`${locale} ${decimals}`, locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }),
  );
}

/** Figures of a nominal value: a plate says 125 A or 34.5 kVA, and 230 V times the root of 3 is 398.4 V. */
const SETTING_FIGURES = 4;

/** A number with no more figures than needed: for what is set, not measured. */
export function formatSetting(value: number | null | undefined, locale: string): string {
  return write(
    value,
    remembered(`${locale} setting`, locale, { maximumSignificantDigits: SETTING_FIGURES }),
  );
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
