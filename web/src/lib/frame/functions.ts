import type { Component } from 'svelte';
import Activity from '@lucide/svelte/icons/activity';
import House from '@lucide/svelte/icons/house';
import type { MessageKey } from '$lib/i18n/index.svelte';
import type { Right } from '$lib/api/types';

/** A function as the band and the bottom bar offer it. */
export interface Function {
  path: '/' | '/monitor';
  name: MessageKey;
  icon: Component<{ size?: number }>;
  right: Right;
}

export const FUNCTIONS: readonly Function[] = [
  { path: '/', name: 'home.title', icon: House, right: 'monitor' },
  { path: '/monitor', name: 'monitor.title', icon: Activity, right: 'monitor' },
];
