/**
 * What one point shows now: its figures with prefix, decimals, unit, freshness and words.
 *
 * Everything here is read inside `$derived`, so a figure redraws when its own reading changes and
 * not when its neighbour's does.
 */
import type { Point, PointDetail, Quantity as QuantityInfo } from '$lib/api/types';
import { figureText, formatMoment, unitText, type Scale } from '$lib/format';
import { i18n } from '$lib/i18n/index.svelte';
import type { Freshness, LiveReadings, LiveValue } from '$lib/live';
import { parseAll, type Cell, type MeasurandRow, type Parsed, type Quantity } from '$lib/measurand';
import type { Site } from '$lib/site/site.svelte';
import { ageText, type Note } from './words';

/** One figure as it is written, and how far it may be trusted. */
export interface Figure {
  /** In the canonical unit; `null` where there is none, or where it is none of now. */
  value: number | null;
  text: string;
  unit: string;
  freshness: Freshness;
  computed: boolean;
}

export class PointView {
  readonly values: readonly Parsed[];
  /** The server's clock to the minute: enough to know what day it is, and it changes rarely. */
  #minute: number = $derived.by(() => Math.floor(this.live.now / 60_000) * 60_000);

  constructor(
    readonly point: Point,
    quantities: readonly QuantityInfo[],
    readonly live: LiveReadings,
    readonly site: Site,
  ) {
    this.values = parseAll(quantities);
  }

  latest(cell: Cell): LiveValue | undefined {
    return this.live.latest(this.point.id, cell.key);
  }

  freshness(cell: Cell): Freshness {
    if (this.latest(cell)) return this.live.freshness(this.point.id, cell.key);
    return this.live.answers(this.point.device ?? null) ? 'live' : 'lost';
  }

  /**
   * The figure of a cell. What a silent device said last is no figure of now: an instantaneous
   * value or a running mean becomes a dash, while what `lasts` (a counter, an extreme) stays,
   * dimmed (MON-05). When only the stream to the server broke, all stay, dimmed (NFR-10).
   */
  figure(cell: Cell, quantity: Quantity, scale: Scale, lasts: boolean): Figure {
    const reading = this.latest(cell);
    const freshness = this.freshness(cell);
    const withheld = freshness === 'lost' && !lasts && this.live.state !== 'lost';
    const value = withheld ? null : (reading?.value ?? null);
    return {
      value,
      text: figureText(value, scale, i18n.locale),
      unit: unitText(quantity, scale),
      freshness,
      computed: cell.computed || (reading?.quality.includes('computed') ?? false),
    };
  }

  /** What is to be said about a row as a whole: about its stalest figure, or its lost one. */
  note(row: MeasurandRow): Note | null {
    const cells = Object.values(row.cells);
    const lost = cells.filter((cell) => this.freshness(cell) === 'lost');
    if (lost.length > 0) {
      const at = Math.max(...lost.map((cell) => this.latest(cell)?.at ?? -Infinity));
      return { freshness: 'lost', text: this.moment(at) };
    }
    const ages = cells.flatMap((cell) => {
      const reading = this.freshness(cell) === 'stale' ? this.latest(cell) : undefined;
      return reading ? [this.live.age_s(reading)] : [];
    });
    return ages.length > 0 ? { freshness: 'stale', text: ageText(Math.max(...ages)) } : null;
  }

  /** An instant in the site's zone, as short as it stays clear. */
  moment(at: number | null): string {
    if (at === null || !Number.isFinite(at)) return '';
    return formatMoment(at, this.#minute, this.site.time_zone, i18n.locale);
  }
}

/** The same of a point whose whole description is there: what its own page draws. */
export class DetailView extends PointView {
  constructor(
    readonly detail: PointDetail,
    live: LiveReadings,
    site: Site,
  ) {
    super(detail, detail.quantities, live, site);
  }
}
