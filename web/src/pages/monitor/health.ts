import type { Device, Health } from '$lib/api/types';
import type { LiveReadings } from '$lib/live';

/** How a device stands, as far as these pages have words for it. */
export type DeviceState = 'waiting' | 'answering' | 'silent' | 'foreign' | 'refusing' | 'unknown';

const STATES: readonly string[] = ['waiting', 'answering', 'silent', 'foreign', 'refusing'];

/** The newest health of a device: what the stream said, else what came with its declaration. */
export function healthOf(live: LiveReadings, device: Device): Health {
  return live.health(device.id) ?? device.health;
}

/** Its state; a newer server may know more of them. */
export function stateOf(health: Health): DeviceState {
  return STATES.includes(health.state) ? (health.state as DeviceState) : 'unknown';
}

/** The shape and colour of the mark beside a state; see the shared state marks. */
export function markOf(state: DeviceState): '' | 'warning' | 'lost' {
  if (state === 'answering') return '';
  return state === 'foreign' || state === 'refusing' ? 'warning' : 'lost';
}
