export { LiveReadings, getLiveReadings, setLiveReadings } from './live.svelte';
export { LiveValue } from './value.svelte';
export type { Freshness } from './freshness';
export type { Interest } from './parse';
