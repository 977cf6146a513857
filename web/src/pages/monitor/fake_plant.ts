/** A point with its device and readings for tests: the real classes over a made-up server. */
import type { Device, Health, LiveReading, PointDetail } from '$lib/api/types';
import { LiveReadings } from '$lib/live';
import { parseMeasurand, unitSymbol } from '$lib/measurand';
import { Site } from '$lib/site/site.svelte';
import { DetailView } from './view.svelte';

/** When everything here was measured. */
export const MEASURED_AT = Date.parse('2026-11-24T13:02:11Z');

export function pointWith(
  quantities: readonly string[],
  changes: Partial<PointDetail> = {},
): PointDetail {
  return {
    id: 2,
    name: 'C1 Lighting',
    kind: 'circuit',
    device: 3,
    channel: 'circuit1',
    zone: 'Quai 9/Ground floor',
    fluid: null,
    usage: null,
    network: 1,
    wiring: '3p_n',
    nominal_voltage_v: 230,
    nominal_current_a: 125,
    nominal_frequency_hz: 50,
    nominal_power_va: 86_250,
    feeds_site: false,
    headlines: [],
    actions: [],
    gauges: {
      voltage_v: { nominal: 230, full_scale: 276, basis: 'nominal' },
      line_voltage_v: { nominal: 400, full_scale: 480, basis: 'nominal' },
      current_a: { nominal: 125, full_scale: 150, basis: 'nominal' },
      power_va: { nominal: 86_250, full_scale: 103_500, basis: 'nominal' },
    },
    quantities: quantities.map((quantity) => {
      const measurand = parseMeasurand(quantity);
      return {
        quantity,
        unit: measurand ? unitSymbol(measurand.quantity) : '',
        decimals: 2,
        class: 'live',
        computed: false,
      };
    }),
    ...changes,
  };
}

export class FakePlant {
  readonly site = new Site();
  readonly live: LiveReadings;
  readonly view: DetailView;

  constructor(readonly point: PointDetail) {
    this.site.info = { name: 'Quai 9', time_zone: 'Europe/Paris', now: '' };
    this.site.points = [point];
    this.site.devices = [{ id: 3, name: 'I-35 Main board' } as Device];
    this.live = new LiveReadings({
      open: () => ({ onerror: null, addEventListener: () => undefined, close: () => undefined }),
      sessionStands: () => Promise.resolve(true),
      deviceOf: () => point.device ?? null,
    });
    this.view = new DetailView(point, this.live, this.site);
  }

  /** The server says these values, measured `age_s` before it did. */
  say(
    values: Readonly<Record<string, number | null>>,
    { age_s = 0, more = {} }: { age_s?: number; more?: Partial<LiveReading> } = {},
  ): void {
    const readings = Object.entries(values).map(([quantity, value]) => ({
      point: this.point.id,
      quantity,
      value,
      at: new Date(MEASURED_AT).toISOString(),
      decimals: 2,
      period_s: 1,
      ...more,
    }));
    this.live.apply({ now: MEASURED_AT + age_s * 1000, readings, health: [] });
  }

  /** The server says how the device stands. */
  stands(state: Health['state']): void {
    const health = [{ device: 3, state } as Health];
    this.live.apply({ now: MEASURED_AT + 60_000, readings: [], health });
  }
}
