/** What is known of a device beside its readings, as names and texts; what is unknown is left out. */
import type { Device, Health } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import { t } from '$lib/i18n/index.svelte';

export interface Fact {
  name: MessageKey;
  value: string;
}

interface Words {
  gateway: Device | undefined;
  moment(at: string | null | undefined): string;
  number(value: number, decimals: number): string;
}

const MAPS: Record<string, MessageKey> = {
  official: 'device.map.official',
  verified: 'device.map.verified',
  unofficial: 'device.map.unofficial',
};

export function deviceFacts(device: Device, health: Health, words: Words): Fact[] {
  const facts: [MessageKey, string | null | undefined][] = [
    ['device.last_answer', words.moment(health.last_answer_at)],
    [
      'device.latency',
      health.latency_ms === null ? null : `${words.number(health.latency_ms, 1)} ms`,
    ],
    ['device.period', health.period_s === null ? null : `${words.number(health.period_s, 1)} s`],
    ['device.requests', words.number(health.requests, 0)],
    ['device.failures', words.number(health.failures, 0)],
    ['device.address', addressOf(device, words.gateway)],
    ['device.unit', String(device.unit_id)],
    ['device.product', device.identity?.product],
    ['device.serial', device.identity?.serial],
    ['device.firmware', device.identity?.firmware],
    ['device.map', t(MAPS[device.register_map] ?? 'device.map.unofficial')],
  ];
  return facts.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

function addressOf(device: Device, gateway: Device | undefined): string | null {
  if (gateway) return t('device.behind', { gateway: gateway.name });
  return device.host === null ? null : `${device.host}:${device.port ?? ''}`.replace(/:$/, '');
}
