/** Geometry of the four-quadrant diagram: P to the right is imported, Q upwards is inductive then. */

export type QuadrantName = 'I' | 'II' | 'III' | 'IV';

/** Where (P, Q) lies; `null` without power, which lies in none. */
export function quadrantOf(p: number | null, q: number | null): QuadrantName | null {
  if (p === null || q === null || (p === 0 && q === 0)) return null;
  if (p >= 0) return q >= 0 ? 'I' : 'IV';
  return q >= 0 ? 'II' : 'III';
}

/** The length of the arrow: always the vector sum, whatever S the device gives. */
export function vectorOf(p: number, q: number): number {
  return Math.hypot(p, q);
}

/** From this share on the device's S and the arrow's length are told to differ. */
const DIFFERENCE_SHARE = 0.01;

/** Whether distortion and unbalance make the apparent power larger than the arrow. */
export function differs(s: number | null, p: number | null, q: number | null): boolean {
  if (s === null || p === null || q === null || s === 0) return false;
  return Math.abs(s - vectorOf(p, q)) > DIFFERENCE_SHARE * s;
}

/** What the rim of the drawing is worth: the nominal power, or what is beyond it. */
export function rimOf(nominal: number | null, seen: number, step: (seen: number) => number) {
  if (nominal === null || nominal <= 0) return { full: step(seen), ring: step(seen) };
  return { full: Math.max(nominal, seen), ring: nominal };
}
