import { expect, test, vi } from 'vitest';
import { Failure } from './client';
import { Resource } from './resource.svelte';

test('data stays while it is fetched again, also when that fails', async () => {
  const answers = [Promise.resolve(1), Promise.reject(new Failure('busy', 503, null))];
  const resource = new Resource(() => answers.shift() ?? Promise.resolve(2));
  await resource.load();
  expect(resource.data).toBe(1);
  await resource.load();
  expect(resource.data).toBe(1);
  expect(resource.failure?.code).toBe('busy');
  await resource.load();
  expect(resource.data).toBe(2);
  expect(resource.failure).toBeUndefined();
});

test('an older answer never overtakes a newer one', async () => {
  const waiting: ((value: string) => void)[] = [];
  const resource = new Resource<string>(() => new Promise((resolve) => waiting.push(resolve)));
  const first = resource.load();
  const second = resource.load();
  waiting[1]?.('new');
  await second;
  waiting[0]?.('old');
  await first;
  expect(resource.data).toBe('new');
  expect(resource.loading).toBe(false);
});

test('ACC-16: only what a person asked for counts as his presence', async () => {
  vi.useFakeTimers();
  const words: string[] = [];
  const resource = new Resource(({ headers }) => {
    words.push(headers['x-wattline']);
    return Promise.resolve(1);
  });
  const stop = resource.every(1_000);
  await vi.advanceTimersByTimeAsync(2_500);
  await resource.load();
  stop();
  expect(words).toEqual(['1', 'background', 'background', '1']);
  vi.useRealTimers();
});

test('is fetched again and again until it is let go', async () => {
  vi.useFakeTimers();
  const fetcher = vi.fn(() => Promise.resolve(1));
  const stop = new Resource(fetcher).every(1_000);
  await vi.advanceTimersByTimeAsync(2_500);
  stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(fetcher).toHaveBeenCalledTimes(3);
  vi.useRealTimers();
});
