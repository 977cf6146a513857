import type { LiveReading } from '$lib/api/types';

/** The newest reading of one quantity of one point; what draws it redraws when it changes. */
export class LiveValue {
  #reading = $state.raw<LiveReading>() as LiveReading;
  /** When it was measured, on this browser's own clock (`performance.now()`), which never jumps. */
  #measured_ms = 0;

  constructor(reading: LiveReading, measured_ms: number) {
    this.set(reading, measured_ms);
  }

  set(reading: LiveReading, measured_ms: number): void {
    this.#measured_ms = measured_ms;
    this.#reading = reading;
  }

  get point(): number {
    return this.#reading.point;
  }
  get quantity(): string {
    return this.#reading.quantity;
  }
  /** In the canonical unit; `null` when the device says that it has no value. */
  get value(): number | null {
    return this.#reading.value ?? null;
  }
  /** When the device answered it, in ms since 1970 by the server's clock. */
  get at(): number {
    return Date.parse(this.#reading.at);
  }
  get decimals(): number {
    return this.#reading.decimals;
  }
  get period_s(): number {
    return this.#reading.period_s;
  }
  get quality(): readonly string[] {
    return this.#reading.quality ?? [];
  }
  /** When an extreme was reached, in ms since 1970. */
  get occurred_at(): number | null {
    const { occurred_at } = this.#reading;
    return occurred_at ? Date.parse(occurred_at) : null;
  }
  /** Its age at `clock_ms` of the browser's own clock. */
  age_s(clock_ms: number): number {
    void this.#reading;
    return Math.max(0, clock_ms - this.#measured_ms) / 1000;
  }
}
