/**
 * The newest reading of everything the open page shows, fed by `GET /api/v1/live`.
 *
 * One `EventSource` for the whole document, narrowed to the union of what its parts [`watch`]: a
 * browser grants six connections per host, so a hidden tab closes its stream and takes a new
 * snapshot when it is seen again.
 *
 * # Invariants
 *
 * - A value keeps its last reading for ever; whether it may be trusted is [`freshness`]'s answer.
 * - Ages come from the browser's monotonic clock, so neither clock's jumps make values old or new.
 * - After a failure the stream is opened again by us, with growing delay, until it is back or the
 *   session has ended; `EventSource` alone gives up on any answer but 200.
 */
import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Health, LiveReading } from '$lib/api/types';
import { freshness, type Freshness } from './freshness';
import { streamQuery, type Interest } from './interest';
import { EVENT_TYPES, parseEvent, type StreamEvent } from './parse';
import { LiveValue } from './value.svelte';

/** The server says something at least every 2 s, so this long a silence is a dead connection. */
const SILENCE_MS = 7_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

/** `idle`: nothing is watched. `paused`: the tab is hidden. */
export type StreamState = 'idle' | 'connecting' | 'live' | 'lost' | 'paused';

/** The part of `EventSource` that is used, so that a test can play the server. */
export interface Stream {
  onerror: ((event: Event) => void) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface LiveOptions {
  open(query: string): Stream;
  /** Asks after a failure whether the session still stands: `false` ends the retries. */
  sessionStands(): Promise<boolean>;
  /** The device that measures a point, whose silence makes the point's values lost. */
  deviceOf(point: number): number | null;
}

export class LiveReadings {
  state = $state<StreamState>('idle');
  /** When the server was last heard, in ms since 1970 by its own clock. */
  lastContact = $state<number | null>(null);
  /** The version the server runs; a change means that these pages are older than it. */
  version = $state<string | null>(null);
  versionChanged = $state(false);
  /** The revision of the installation that came into force while these pages were open. */
  revision = $state<number | null>(null);
  /** The revision that the server told last. */
  #known: number | null = null;

  #values = new SvelteMap<string, LiveValue>();
  #health = new SvelteMap<number, Health>();
  /** This browser's monotonic clock, moved on each second and with each event. */
  #clock_ms = $state(performance.now());
  /** The server's clock minus ours. */
  #offset_ms = $state(Date.now() - performance.now());

  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- only read when the stream is opened
  #interests = new Set<Interest>();
  #stream: Stream | undefined;
  #query = '';
  #held = false;
  #retry_ms = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LiveOptions) {}

  /** The newest reading, or `undefined` when none came yet. */
  latest(point: number, quantity: string): LiveValue | undefined {
    return this.#values.get(keyOf(point, quantity));
  }

  /** How far the newest reading may be trusted. A value that never came is `lost`. */
  freshness(point: number, quantity: string): Freshness {
    const value = this.latest(point, quantity);
    if (!value) return 'lost';
    return freshness(value.age_s(this.#clock_ms), value.period_s, {
      serverReached: this.state !== 'lost',
      deviceAnswers: this.answers(this.options.deviceOf(point)),
    });
  }

  age_s(value: LiveValue): number {
    return value.age_s(this.#clock_ms);
  }

  health(device: number): Health | undefined {
    return this.#health.get(device);
  }

  /** Whether a device answers, as far as is known: one that was not heard of yet counts as it does. */
  answers(device: number | null): boolean {
    const state = device === null ? undefined : this.#health.get(device)?.state;
    return state === undefined || state === 'answering' || state === 'waiting';
  }

  /** The server's clock, in ms since 1970, moving once a second. */
  get now(): number {
    return this.#clock_ms + this.#offset_ms;
  }

  /** Takes what a page fetched by other means, so that marks are right before the stream opens. */
  seedHealth(health: readonly Health[]): void {
    for (const one of health) this.#health.set(one.device, one);
  }

  /** Asks for what a part of the page shows; the answer gives it up again (for an `$effect`). */
  watch(interest: Interest): () => void {
    this.#interests.add(interest);
    this.#follow();
    return () => {
      this.#interests.delete(interest);
      this.#follow();
    };
  }

  /** Follows the clock and the tab's visibility until the answer is called. */
  start(): () => void {
    const clock = setInterval(() => (this.#clock_ms = performance.now()), 1_000);
    const seen = () => {
      if (document.hidden) this.#pause();
      else this.#follow();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(clock);
      document.removeEventListener('visibilitychange', seen);
      this.#close();
      this.state = 'idle';
    };
  }

  /**
   * Closes the stream and opens none until the answer is called: while a log-out is on its way a
   * stream that a page opens would be refused.
   */
  hold(): () => void {
    this.#held = true;
    this.#pause();
    return () => {
      this.#held = false;
      this.#follow();
    };
  }

  /** Tries now instead of when the next retry is due. */
  retry(): void {
    this.#retry_ms = FIRST_RETRY_MS;
    this.#open();
  }

  /** Opens, narrows, widens or closes the stream, once all parts of the page have had their say. */
  #follow(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (document.hidden || this.#held) return;
      if (this.#interests.size === 0) {
        this.#close();
        if (this.state !== 'lost') this.state = 'idle';
      } else if (!this.#stream || this.#query !== streamQuery(this.#interests)) {
        this.#open();
      }
    });
  }

  #open(): void {
    this.#close();
    this.#query = streamQuery(this.#interests);
    if (this.state !== 'live' && this.state !== 'lost') this.state = 'connecting';
    const stream = this.options.open(this.#query);
    this.#stream = stream;
    for (const type of EVENT_TYPES) {
      stream.addEventListener(type, (message) => {
        const event = stream === this.#stream ? parseEvent(message.data) : undefined;
        if (event) this.apply(event);
      });
    }
    stream.onerror = () => {
      if (stream === this.#stream) void this.#lose();
    };
    this.#listen();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => void this.#lose(), SILENCE_MS);
  }

  #close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#stream?.close();
    this.#stream = undefined;
  }

  #pause(): void {
    this.#close();
    if (this.state === 'live' || this.state === 'connecting') this.state = 'paused';
  }

  async #lose(): Promise<void> {
    this.#close();
    this.state = 'lost';
    const stands = await this.options.sessionStands();
    if (!stands || document.hidden || this.#held) return;
    if (this.#stream || this.#interests.size === 0) return;
    this.#timer = setTimeout(() => this.#open(), this.#retry_ms);
    this.#retry_ms = Math.min(this.#retry_ms * 2, LONGEST_RETRY_MS);
  }

  /** Takes one event in. */
  apply(event: StreamEvent): void {
    const clock_ms = performance.now();
    for (const reading of event.readings) this.#take(reading, event.now, clock_ms);
    for (const one of event.health) this.#health.set(one.device, one);
    if (event.version !== undefined) {
      this.versionChanged ||= this.version !== null && this.version !== event.version;
      this.version = event.version;
    }
    if (event.revision !== undefined) {
      // A snapshot tells the revision too: another one than before came while nobody listened.
      const isNews = event.version === undefined || this.#known !== null;
      if (isNews && event.revision !== this.#known) this.revision = event.revision;
      this.#known = event.revision;
    }
    this.#clock_ms = clock_ms;
    this.#offset_ms = event.now - clock_ms;
    this.lastContact = event.now;
    this.state = 'live';
    this.#retry_ms = FIRST_RETRY_MS;
    if (this.#stream) this.#listen();
  }

  #take(reading: LiveReading, now: number, clock_ms: number): void {
    const measured_ms = clock_ms - Math.max(0, now - Date.parse(reading.at));
    const key = keyOf(reading.point, reading.quantity);
    const value = this.#values.get(key);
    if (value) value.set(reading, measured_ms);
    else this.#values.set(key, new LiveValue(reading, measured_ms));
  }
}

function keyOf(point: number, quantity: string): string {
  return `${point}:${quantity}`;
}

export const [getLiveReadings, setLiveReadings] = createContext<LiveReadings>();
