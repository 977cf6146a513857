import type { Health, LiveReading } from '$lib/api/types';

/** One event of the server's stream, read and checked as far as the pages rely on it. */
export interface StreamEvent {
  /** The server's clock when it sent this, in ms since 1970. */
  now: number;
  /** Only a snapshot carries it. */
  version?: string;
  /** Which revision of the installation is in force, where another one came into it. */
  revision?: number;
  readings: readonly LiveReading[];
  health: readonly Health[];
}

export const EVENT_TYPES = ['snapshot', 'readings', 'health', 'tick', 'site'] as const;

/** Reads one event. `undefined` for what is not one: a newer server may say things we do not know. */
export function parseEvent(data: string): StreamEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null || !('now' in event)) return undefined;
  const now = Date.parse(String(event.now));
  if (Number.isNaN(now)) return undefined;
  return {
    now,
    readings: list<LiveReading>(event, 'readings'),
    health: list<Health>(event, 'health'),
    ...('version' in event ? { version: String(event.version) } : {}),
    ...('revision' in event ? { revision: Number(event.revision) } : {}),
  };
}

function list<T>(event: object, name: string): readonly T[] {
  const value: unknown = (event as Record<string, unknown>)[name];
  return Array.isArray(value) ? (value as T[]) : [];
}
