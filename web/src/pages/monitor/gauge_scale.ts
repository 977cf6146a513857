import type { Gauge, PointDetail } from '$lib/api/types';
import {
  aroundNominal,
  centreZero,
  fromZero,
  seenFullScale,
  withTolerance,
  type GaugeScale,
} from '$lib/charts/gauge';
import type { Phase, Quantity } from '$lib/measurand';

/** EN 50160: what a supply voltage may deviate, and the frequency of a synchronous network. */
const VOLTAGE_TOLERANCE = 0.1;
const FREQUENCY_TOLERANCE = 0.01;
/** How far a frequency gauge reaches to both sides of its nominal value. */
const FREQUENCY_REACH = 0.04;
/** Of the full scale: a power that flowed back by more has a gauge with zero in its middle. */
const BACKFLOW_SHARE = 0.01;

/**
 * The scales of the gauges of one point, while they are watched. Where the API knows no nominal
 * value the full scale is the next step of 1-2-5 above what was seen, and never steps back
 * (MON-18); likewise a gauge that showed a power flowing back keeps its zero in the middle.
 */
export class GaugeScales {
  readonly #fullScales = new Map<string, number>();
  readonly #flowedBack = new Set<Quantity>();

  constructor(
    private readonly point: Pick<PointDetail, 'gauges' | 'nominal_frequency_hz' | 'quantities'>,
  ) {}

  /**
   * Notes whether figures of a power flow back. All gauges of a quantity have their zero in the
   * same place, so all of them are watched before the first is drawn.
   */
  watch(quantity: Quantity, phase: Phase, values: readonly (number | null | undefined)[]): void {
    const power = this.point.gauges.power_va;
    if (!isPower(quantity) || !power) return;
    const least = -BACKFLOW_SHARE * (this.#partOf(power, quantity, phase)?.full_scale ?? 0);
    if (values.some((value) => typeof value === 'number' && value < least))
      this.#flowedBack.add(quantity);
  }

  /** The scale for a quantity on a phase whose figures are `values` now. */
  of(quantity: Quantity, phase: Phase, values: readonly (number | null | undefined)[]): GaugeScale {
    const numbers = values.filter((value) => typeof value === 'number');
    const { gauges, nominal_frequency_hz } = this.point;
    const full = (gauge: Gauge | null | undefined) =>
      this.#full(`${quantity} ${phase}`, gauge, numbers);
    switch (quantity) {
      case 'i': {
        const { fullScale, nominal } = full(gauges.current_a);
        return fromZero(fullScale, nominal);
      }
      case 'u':
      case 'v': {
        // The neutral has no nominal voltage: it should have none at all.
        const gauge = quantity === 'u' ? gauges.line_voltage_v : gauges.voltage_v;
        const { fullScale, nominal } = full(phase === 'n' ? null : gauge);
        return withTolerance(fullScale, nominal, VOLTAGE_TOLERANCE);
      }
      case 'p':
      case 'q':
      case 's': {
        const { fullScale, nominal } = full(this.#partOf(gauges.power_va, quantity, phase));
        return quantity === 'q' || this.#flowedBack.has(quantity)
          ? centreZero(fullScale, nominal)
          : fromZero(fullScale, nominal);
      }
      case 'frequency':
        return nominal_frequency_hz
          ? aroundNominal(nominal_frequency_hz, FREQUENCY_REACH, FREQUENCY_TOLERANCE)
          : fromZero(full(null).fullScale, null);
      default:
        return fromZero(full(null).fullScale, null);
    }
  }

  #full(key: string, gauge: Gauge | null | undefined, numbers: readonly number[]) {
    if (gauge && gauge.basis !== 'seen') {
      return { fullScale: gauge.full_scale, nominal: gauge.nominal ?? null };
    }
    const largest = Math.max(0, ...numbers.map(Math.abs));
    const inUse = this.#fullScales.get(key) ?? gauge?.full_scale ?? 0;
    const fullScale = largest < inUse ? inUse : seenFullScale(largest, inUse);
    this.#fullScales.set(key, fullScale);
    return { fullScale, nominal: null };
  }

  /** What one phase may carry of the power that the API gives for the whole. */
  #partOf(
    gauge: Gauge | null | undefined,
    quantity: Quantity,
    phase: Phase,
  ): Gauge | null | undefined {
    if (!gauge || phase === 'total') return gauge;
    const pattern = new RegExp(`^${quantity}[123]_[a-z]+$`);
    const phases = this.point.quantities.filter((each) => pattern.test(each.quantity)).length;
    const share = 1 / Math.max(1, phases);
    return {
      ...gauge,
      full_scale: gauge.full_scale * share,
      nominal: gauge.nominal ? gauge.nominal * share : null,
    };
  }
}

function isPower(quantity: Quantity): boolean {
  return quantity === 'p' || quantity === 'q' || quantity === 's';
}
