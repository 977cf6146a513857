import type { Device, Health } from '$lib/api/types';
import type { LiveReadings } from '$lib/live';

/** The newest health of a device: what the stream said, else what came with its declaration. */
export function healthOf(live: LiveReadings, device: Device): Health {
  return live.health(device.id) ?? device.health;
}

/** The shape and colour of the mark beside a state; see the shared state marks. */
export function markOf(state: Health['state']): '' | 'warning' | 'lost' {
  if (state === 'answering') return '';
  return state === 'foreign' || state === 'refusing' ? 'warning' : 'lost';
}

/** Milliseconds since 1970 of an instant of the API. */
export function instantOf(at: string | null): number | null {
  return at === null ? null : Date.parse(at);
}
