import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Health, LiveReading } from '$lib/api/types';
import { LiveReadings, type Stream } from './live.svelte';

/** Plays the server: remembers what was opened and sends what a test says. */
class FakeStream implements Stream {
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly query: string) {}

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.closed = true;
  }
  send(type: string, data: object): void {
    const now = new Date().toISOString();
    const message = new MessageEvent(type, { data: JSON.stringify({ now, ...data }) });
    this.#listeners.get(type)?.(message as MessageEvent<string>);
  }
  fail(): void {
    this.onerror?.(new Event('error'));
  }
}

const streams: FakeStream[] = [];
let stands = true;
let live: LiveReadings;
let stop: () => void;

const newest = () => streams.at(-1) as FakeStream;
const reading = (value: number, more: Partial<LiveReading> = {}): LiveReading => ({
  point: 2,
  quantity: 'p_w',
  value,
  at: new Date().toISOString(),
  decimals: 0,
  period_s: 1,
  ...more,
});
const health = (state: Health['state']) => ({ device: 7, state }) as Health;

function hide(hidden: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  streams.length = 0;
  stands = true;
  live = new LiveReadings({
    open: (query) => {
      const stream = new FakeStream(query);
      streams.push(stream);
      return stream;
    },
    sessionStands: () => Promise.resolve(stands),
    deviceOf: () => 7,
  });
  stop = live.start();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('what is watched', () => {
  test('opens one stream for all that asked in one go', () => {
    live.watch({ points: [2], quantities: ['p_w'] });
    live.watch({ points: [3], quantities: ['p_w'] });
    vi.advanceTimersByTime(1);
    expect(streams.map((stream) => stream.query)).toEqual(['?circuits=2,3&quantities=p_w']);
  });

  test('narrows the stream when the page changes and closes it when nothing is left', () => {
    const leave = live.watch({ points: [2] });
    vi.advanceTimersByTime(1);
    leave();
    const leaveToo = live.watch({ points: [3] });
    vi.advanceTimersByTime(1);
    expect(streams.map((stream) => stream.query)).toEqual(['?circuits=2', '?circuits=3']);
    expect(streams[0]?.closed).toBe(true);
    leaveToo();
    vi.advanceTimersByTime(1);
    expect(newest().closed).toBe(true);
    expect(live.state).toBe('idle');
  });

  test('a hidden tab closes its stream and takes a new snapshot when it is seen', () => {
    live.watch({ points: [2] });
    vi.advanceTimersByTime(1);
    newest().send('snapshot', { readings: [reading(1)] });
    hide(true);
    expect(newest().closed).toBe(true);
    expect(live.state).toBe('paused');
    hide(false);
    vi.advanceTimersByTime(1);
    expect(streams).toHaveLength(2);
  });
});

test('ACC-09: no stream is opened while a log-out is on its way, and one again where it failed', () => {
  live.watch({ points: [2] });
  vi.advanceTimersByTime(1);
  const goOn = live.hold();
  expect(newest().closed).toBe(true);
  live.watch({ points: [3] });
  vi.advanceTimersByTime(1_000);
  expect(streams).toHaveLength(1);
  goOn();
  vi.advanceTimersByTime(1);
  expect(newest().query).toBe('?circuits=2,3');
});

describe('a reading', () => {
  beforeEach(() => {
    live.watch({ points: [2] });
    vi.advanceTimersByTime(1);
  });

  test('MON-04: replaces the one before, in the same place', () => {
    newest().send('snapshot', { readings: [reading(1)] });
    const value = live.latest(2, 'p_w');
    newest().send('readings', { readings: [reading(2)] });
    expect(live.latest(2, 'p_w')).toBe(value);
    expect(value?.value).toBe(2);
    expect(live.latest(2, 'q_var')).toBeUndefined();
  });

  test('MON-05: grows old when no newer one comes', () => {
    newest().send('snapshot', { readings: [reading(1)] });
    expect(live.freshness(2, 'p_w')).toBe('live');
    for (let second = 0; second < 6; second += 1) {
      vi.advanceTimersByTime(1_000);
      newest().send('tick', {});
    }
    expect(live.freshness(2, 'p_w')).toBe('stale');
  });

  test('is lost as soon as its device falls silent, and back with it', () => {
    newest().send('snapshot', { readings: [reading(1)], health: [health('answering')] });
    newest().send('health', { health: [health('silent')] });
    expect(live.freshness(2, 'p_w')).toBe('lost');
    newest().send('health', { health: [health('answering')] });
    expect(live.freshness(2, 'p_w')).toBe('live');
  });

  test('keeps its age when the clock of the server jumps', () => {
    newest().send('snapshot', { readings: [reading(1)] });
    newest().send('tick', { now: new Date(Date.now() + 3_600_000).toISOString() });
    expect(live.freshness(2, 'p_w')).toBe('live');
  });
});

describe('NFR-10: a lost server', () => {
  beforeEach(() => {
    live.watch({ points: [2] });
    vi.advanceTimersByTime(1);
    newest().send('snapshot', { readings: [reading(1)] });
  });

  test('makes every value lost at once and keeps the time of the last contact', () => {
    const contact = live.lastContact;
    newest().fail();
    expect(live.state).toBe('lost');
    expect(live.freshness(2, 'p_w')).toBe('lost');
    expect(live.lastContact).toBe(contact);
  });

  test('is asked again by itself, less and less often, until it is back', async () => {
    newest().fail();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams).toHaveLength(2);
    newest().fail();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams).toHaveLength(3);
    newest().send('snapshot', { readings: [reading(5)] });
    expect(live.state).toBe('live');
    expect(live.latest(2, 'p_w')?.value).toBe(5);
  });

  test('is noticed when the connection merely falls silent', () => {
    vi.advanceTimersByTime(7_001);
    expect(live.state).toBe('lost');
  });

  test('is not asked again once the session has ended', async () => {
    stands = false;
    newest().fail();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(streams).toHaveLength(1);
  });
});

test('another installation is told by its revision', () => {
  live.watch({ points: [2] });
  vi.advanceTimersByTime(1);
  newest().send('tick', {});
  expect(live.revision).toBeNull();
  newest().send('site', { revision: 4 });
  expect(live.revision).toBe(4);
});

test('an installation that changed while nobody listened is told by the next snapshot', () => {
  const snapshot = { now: Date.now(), version: '0.1.0', readings: [], health: [] };
  live.apply({ ...snapshot, revision: 4 });
  expect(live.revision).toBeNull();
  live.apply({ ...snapshot, revision: 4 });
  expect(live.revision).toBeNull();
  live.apply({ ...snapshot, revision: 5 });
  expect(live.revision).toBe(5);
});

test('a snapshot of another version says that these pages are old', () => {
  live.apply({ now: Date.now(), version: '0.1.0', readings: [], health: [] });
  expect(live.versionChanged).toBe(false);
  live.apply({ now: Date.now(), version: '0.1.1', readings: [], health: [] });
  expect(live.versionChanged).toBe(true);
});
