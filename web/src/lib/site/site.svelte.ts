import { createContext } from 'svelte';
import { api, BY_PERSON, Failure, send, UNASKED } from '$lib/api/client';
import type { Device, Point, SiteInfo } from '$lib/api/types';

/** The installation as it is declared: its sources and points, fetched once for all pages. */
export class Site {
  info = $state.raw<SiteInfo | undefined>();
  points = $state.raw<readonly Point[]>([]);
  devices = $state.raw<readonly Device[]>([]);
  loaded = $state(false);
  failure = $state.raw<Failure | undefined>();

  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with its list
  #pointById = $derived(new Map(this.points.map((point) => [point.id, point])));
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with its list
  #deviceById = $derived(new Map(this.devices.map((device) => [device.id, device])));

  /** Fetches it because a person opened the pages or asked for it. */
  load(): Promise<void> {
    return this.#fetch(BY_PERSON);
  }

  /** Fetches it again because it may have changed, which keeps no session alive. */
  refresh(): Promise<void> {
    return this.#fetch(UNASKED);
  }

  async #fetch(headers: typeof BY_PERSON): Promise<void> {
    try {
      const [info, points, devices] = await Promise.all([
        send(api.GET('/api/v1/site', { headers })),
        send(api.GET('/api/v1/points', { headers })),
        send(api.GET('/api/v1/devices', { headers })),
      ]);
      this.info = info;
      this.points = points;
      this.devices = devices;
      this.failure = undefined;
      this.loaded = true;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      this.failure = cause;
    }
  }

  point(id: number): Point | undefined {
    return this.#pointById.get(id);
  }

  device(id: number): Device | undefined {
    return this.#deviceById.get(id);
  }

  /** The site's own zone, in which all times are shown. */
  get time_zone(): string {
    return this.info?.time_zone ?? 'UTC';
  }
}

export const [getSite, setSite] = createContext<Site>();
