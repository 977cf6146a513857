import type { Health, LiveReading } from '$lib/api/types';

/** One event of the server's stream, read and checked as far as the pages rely on it. */
export interface StreamEvent {
  /** The server's clock when it sent this, in ms since 1970. */
  now: number;
  /** Only a snapshot carries it. */
  version?: string;
  readings: readonly LiveReading[];
  health: readonly Health[];
}

export const EVENT_TYPES = ['snapshot', 'readings', 'health', 'tick'] as const;

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
  };
}

function list<T>(event: object, name: string): readonly T[] {
  const value: unknown = (event as Record<string, unknown>)[name];
  return Array.isArray(value) ? (value as T[]) : [];
}

/** Which readings and devices a page shows. What is left out is not narrowed. */
export interface Interest {
  points?: readonly number[];
  devices?: readonly number[];
  quantities?: readonly string[];
}

/** The narrowest query that holds all interests, in a stable order; '' asks for everything. */
export function streamQuery(interests: Iterable<Interest>): string {
  const all = [...interests];
  const query = new URLSearchParams();
  const add = (
    name: string,
    of: (interest: Interest) => readonly (number | string)[] | undefined,
  ) => {
    const lists = all.map(of);
    if (lists.length === 0 || lists.some((values) => values === undefined)) return;
    const values = [...new Set(lists.flatMap((list) => list ?? []))];
    values.sort((a, b) =>
      typeof a === 'number' && typeof b === 'number' ? a - b : a < b ? -1 : 1,
    );
    query.set(name, values.join(','));
  };
  add('circuits', (interest) => interest.points);
  add('devices', (interest) => interest.devices);
  add('quantities', (interest) => interest.quantities);
  // Commas need no escape in a query, and the log of the server stays readable without.
  const text = query.toString().replaceAll('%2C', ',');
  return text && `?${text}`;
}
