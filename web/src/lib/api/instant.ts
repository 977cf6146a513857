/** An instant of the interface (RFC 3339) in ms since 1970; `null` where there is none. */
export function instant(text: string | null | undefined): number | null {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
