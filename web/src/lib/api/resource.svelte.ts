import { Failure } from './client';

/**
 * Something fetched: its data, why there is none, and whether it is being fetched.
 *
 * A newer `load` aborts the older one, so answers never overtake each other. Data stays while it
 * is fetched again, so nothing on the page shifts.
 */
export class Resource<T> {
  data = $state.raw<T | undefined>();
  failure = $state.raw<Failure | undefined>();
  loading = $state(false);
  #running: AbortController | undefined;

  constructor(private readonly fetcher: (signal: AbortSignal) => Promise<T>) {}

  async load(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    try {
      const data = await this.fetcher(running.signal);
      if (running.signal.aborted) return;
      this.data = data;
      this.failure = undefined;
    } catch (cause) {
      if (running.signal.aborted) return;
      if (!(cause instanceof Failure)) throw cause;
      this.failure = cause;
    } finally {
      if (this.#running === running) this.loading = false;
    }
  }

  /** Loads now and again each `period_ms`; answers what stops it, for an `$effect` to return. */
  every(period_ms: number): () => void {
    void this.load();
    const timer = setInterval(() => void this.load(), period_ms);
    return () => {
      clearInterval(timer);
      this.#running?.abort();
    };
  }
}
