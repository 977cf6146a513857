/** The demo's installation, as its document says it: what the pages have to show of it. */
import { readFileSync } from 'node:fs';
import type { APIRequestContext } from '@playwright/test';
import { inRepository } from './program';

export interface SiteDocument {
  site: { name: string };
  fluids: Named[];
  usages: Named[];
  sources: (Named & {
    zone: string;
    unit_id: number;
    gateway?: number;
    host?: string;
    port?: number;
  })[];
  points: (Named & {
    kind: 'circuit' | 'network';
    wiring: string;
    usage?: number;
    fluid?: number;
  })[];
  mounts: { point: number; source: number }[];
}

interface Named {
  id: number;
  name: string;
}

export const DEMO_SITE = inRepository('demo/site.json');

export function demoSite(): SiteDocument {
  return JSON.parse(readFileSync(DEMO_SITE, 'utf8')) as SiteDocument;
}

/** The address of the Monitor page of a circuit or network by its name. */
export async function pageOfPoint(request: APIRequestContext, name: string): Promise<string> {
  return `/monitor/${await idIn(request, '/api/v1/points', name)}`;
}

/** The address of the page of a device by its name. */
export async function pageOfDevice(request: APIRequestContext, name: string): Promise<string> {
  return `/monitor/device/${await idIn(request, '/api/v1/devices', name)}`;
}

async function idIn(request: APIRequestContext, path: string, name: string): Promise<number> {
  const all = (await (await request.get(path)).json()) as Named[];
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`${path} has no ${name}`);
  return found.id;
}
