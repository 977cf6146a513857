/** The circuits by load: which are listed, in which order, and how far each is loaded. */
import type { Point } from '$lib/api/types';

/** The circuits that Home lists: the loads, or the supplies where a site has nothing else. */
export function listed(points: readonly Point[]): Point[] {
  const circuits = points.filter(
    (point) =>
      point.kind === 'circuit' && point.quantities.some(({ quantity }) => quantity === 'p_w'),
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
  const nominal = point.gauges.power_va?.nominal;
  return power === null || !nominal ? null : Math.abs(power) / nominal;
}

/** How long the bar of a circuit is, 0 to 1: its share, or of the gauge's scale without a nominal. */
export function barLength(point: Point, power: number | null): number {
  const scale = point.gauges.power_va;
  const full = scale?.nominal ?? scale?.full_scale;
  return power === null || !full ? 0 : Math.min(1, Math.abs(power) / full);
}
