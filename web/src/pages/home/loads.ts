/** The circuits by load: which are listed, in which order, and how far each is loaded. */
import type { Point } from '$lib/api/types';

/** The circuits that Home lists: the loads, or the supplies where a site has nothing else. */
export function listed(points: readonly Point[]): Point[] {
  const circuits = points.filter(
    (point) =>
      point.kind === 'circuit' && point.headlines.some(({ quantity }) => quantity === 'p_w'),
  );
  const loads = circuits.filter((point) => !point.feeds_site);
  return loads.length > 0 ? loads : circuits;
}

/** The largest first, whichever way the power flows; circuits without a value last. */
export function byLoad(
  points: readonly Point[],
  powerOf: (point: Point) => number | null,
): Point[] {
  const size = new Map(points.map((point) => [point, Math.abs(powerOf(point) ?? -1)]));
  const known = (point: Point) => (powerOf(point) === null ? 0 : 1);
  return [...points].sort((a, b) => known(b) - known(a) || (size.get(b) ?? 0) - (size.get(a) ?? 0));
}

/** Power as a share of what the circuit is made for; `null` where that or the power is unknown. */
export function share(point: Point, power: number | null): number | null {
  const nominal = point.nominal_power_va;
  return power === null || !nominal ? null : Math.abs(power) / nominal;
}

/**
 * How long the bar of a circuit is, 0 to 1: its share of what it is made for, or of the `largest`
 * power in the list where that is unknown.
 */
export function barLength(point: Point, power: number | null, largest: number): number {
  const full = point.nominal_power_va ?? largest;
  return power === null || !full ? 0 : Math.min(1, Math.abs(power) / full);
}
