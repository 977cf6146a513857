export { LiveReadings, getLiveReadings, setLiveReadings, type StreamState } from './live.svelte';
export { LiveValue } from './value.svelte';
export type { Freshness } from './freshness';
export { NO_READINGS, type Interest } from './interest';
