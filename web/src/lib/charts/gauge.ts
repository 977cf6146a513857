/**
 * The geometry of a gauge: where on its scale a value stands, and what to draw for it. The arc
 * opens downwards and runs clockwise from lower left to lower right.
 */
export interface GaugeScale {
  from: number;
  to: number;
  /** Where the filled part starts: zero, or the nominal value of a deviation scale. */
  origin: number;
  nominal: number | null;
  /** The span that is as it should be; outside of it the track is tinted. */
  allowed: { from: number; to: number } | null;
}

/** Degrees of the whole arc. */
export const SWEEP = 240;
const START = 90 + (360 - SWEEP) / 2;

/** From zero to full scale, as most instruments have it; beyond nominal is tinted. */
export function fromZero(fullScale: number, nominal: number | null): GaugeScale {
  const allowed = nominal === null ? null : { from: 0, to: nominal };
  return { from: 0, to: fullScale, origin: 0, nominal, allowed };
}

/** From zero to full scale, with `share` of the nominal value allowed to both sides of it. */
export function withTolerance(
  fullScale: number,
  nominal: number | null,
  share: number,
): GaugeScale {
  const scale = fromZero(fullScale, nominal);
  if (nominal === null) return scale;
  return { ...scale, allowed: { from: nominal * (1 - share), to: nominal * (1 + share) } };
}

/** Zero in the middle, for what flows both ways. */
export function centreZero(fullScale: number, nominal: number | null): GaugeScale {
  const allowed = nominal === null ? null : { from: -nominal, to: nominal };
  return { from: -fullScale, to: fullScale, origin: 0, nominal, allowed };
}

/** The nominal value in the middle, `share` of it to both sides, of which `allowed` is. */
export function aroundNominal(nominal: number, share: number, allowed: number): GaugeScale {
  return {
    from: nominal * (1 - share),
    to: nominal * (1 + share),
    origin: nominal,
    nominal,
    allowed: { from: nominal * (1 - allowed), to: nominal * (1 + allowed) },
  };
}

/** The next step of 1-2-5 above `seen`; never below one in use, so it never jumps back (MON-18). */
export function seenFullScale(seen: number, inUse = 0): number {
  const size = Math.abs(seen);
  if (!Number.isFinite(size) || size === 0) return inUse || 1;
  const decade = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5, 10].map((step) => step * decade).find((step) => step > size);
  return Math.max(step ?? 20 * decade, inUse);
}

/** Where a value stands on the scale, from 0 to 1; what is beyond stands at the end. */
export function position(scale: GaugeScale, value: number): number {
  const share = (value - scale.from) / (scale.to - scale.from);
  return Math.max(0, Math.min(1, share));
}

/** Whether a value lies beyond an end of the scale. */
export function beyond(scale: GaugeScale, value: number): 'over' | 'under' | null {
  if (value > scale.to) return 'over';
  return value < scale.from ? 'under' : null;
}

/** Whether a value is as it should be, as far as the scale says. */
export function isAllowed(scale: GaugeScale, value: number): boolean {
  const { allowed } = scale;
  return !allowed || (value >= allowed.from && value <= allowed.to);
}

/** Degrees, clockwise from the right as SVG turns, of a position on the scale. */
export function angleAt(share: number): number {
  return START + share * SWEEP;
}

/** The point at `share` of the scale on a circle of radius `r` around the origin. */
export function pointAt(share: number, r: number): { x: number; y: number } {
  const radians = (angleAt(share) * Math.PI) / 180;
  return { x: round(r * Math.cos(radians)), y: round(r * Math.sin(radians)) };
}

/** The path of a part of the arc; `''` where it has no length. */
export function arc(fromShare: number, toShare: number, r: number): string {
  const [a, b] = fromShare < toShare ? [fromShare, toShare] : [toShare, fromShare];
  if (b - a < 1e-4) return '';
  const start = pointAt(a, r);
  const end = pointAt(b, r);
  const large = (b - a) * SWEEP > 180 ? 1 : 0;
  return `M${start.x} ${start.y}A${r} ${r} 0 ${large} 1 ${end.x} ${end.y}`;
}

/** A line across the arc at a position, from radius `inner` to `outer`. */
export function tick(share: number, inner: number, outer: number): string {
  const a = pointAt(share, inner);
  const b = pointAt(share, outer);
  return `M${a.x} ${a.y}L${b.x} ${b.y}`;
}

/** A triangle at a position with its tip at radius `r`: outside of it, or inside for a `size` < 0. */
export function pointer(share: number, r: number, size: number): string {
  const tip = pointAt(share, r);
  const spread = (Math.abs(size) * 0.6 * 180) / (Math.PI * (r + size)) / SWEEP;
  const a = pointAt(share - spread, r + size);
  const b = pointAt(share + spread, r + size);
  return `M${tip.x} ${tip.y}L${a.x} ${a.y}L${b.x} ${b.y}Z`;
}

/** How far from the low end a limit may lie so that all below it is tinted, as a share of the arc. */
const TINTED_LOW_MAX = 0.5;

/**
 * The parts of the track that lie outside what is allowed. A low limit far up a scale from zero
 * would tint nearly all of it, so there [`lowLimit`] draws a tick instead.
 */
export function tinted(scale: GaugeScale): { from: number; to: number }[] {
  if (!scale.allowed) return [];
  const low = position(scale, scale.allowed.from);
  const high = position(scale, scale.allowed.to);
  const parts = [{ from: high, to: 1 }];
  if (low <= TINTED_LOW_MAX) parts.unshift({ from: 0, to: low });
  return parts.filter(({ from, to }) => to - from > 1e-4);
}

/** Where a low limit that is not tinted stands; `null` for none. */
export function lowLimit(scale: GaugeScale): number | null {
  if (!scale.allowed) return null;
  const low = position(scale, scale.allowed.from);
  return low > TINTED_LOW_MAX ? low : null;
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
