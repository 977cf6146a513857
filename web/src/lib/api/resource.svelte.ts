import { BY_PERSON, Failure, UNASKED, type Asking } from './client';

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

  constructor(private readonly fetcher: (asking: Asking) => Promise<T>) {}

  /** Fetches it because a person opened or asked for it. */
  load(): Promise<void> {
    return this.#fetch(BY_PERSON);
  }

  /** Fetches it again of its own accord, which keeps no session alive. */
  refresh(): Promise<void> {
    return this.#fetch(UNASKED);
  }

  /** Loads now and refreshes each `period_ms`; answers what stops it, for an `$effect` to return. */
  every(period_ms: number): () => void {
    void this.load();
    const timer = setInterval(() => void this.refresh(), period_ms);
    return () => {
      clearInterval(timer);
      this.#running?.abort();
    };
  }

  async #fetch(headers: Asking['headers']): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    try {
      const data = await this.fetcher({ signal: running.signal, headers });
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
}
