/** Shapes of the HTTP interface under /api/v1. */
export interface components {
  schemas: {
    Problem: {
      type: string;
      title: string;
      status: number;
      code: string;
      detail?: string | null;
      instance?: string | null;
      rules?: string[];
    };
    Welcome: {
      version: string;
      site_name: string;
      time_zone: string;
      languages: string[];
      profiles: { profile: components['schemas']['ProfileName']; needs_password: boolean }[];
      password_in_clear: boolean;
      anonymous_access: boolean;
    };
    ProfileName: 'user' | 'advanced_user' | 'administrator';
    Session: {
      profile: components['schemas']['ProfileName'];
      rights: string[];
      language: string;
      must_change_password: boolean;
    };
    NewSession: {
      profile: components['schemas']['ProfileName'];
      password?: string | null;
      language?: string | null;
    };
    NewPassword: { current: string; new: string };
    Language: { language: string };
    Site: { name: string; time_zone: string; now: string };
    Device: {
      id: number;
      name: string;
      zone: string;
      model: string;
      vendor: string;
      profile: string;
      class: string;
      register_map: string;
      gateway: number | null;
      host: string | null;
      port: number | null;
      unit_id: number;
      points: number[];
      health: components['schemas']['Health'];
      identity: {
        product: string | null;
        serial: string | null;
        firmware: string | null;
      } | null;
    };
    Health: {
      device: number;
      state: 'waiting' | 'answering' | 'silent' | 'foreign' | 'refusing';
      since: string;
      last_answer_at: string | null;
      latency_ms: number | null;
      requests: number;
      failures: number;
      period_s: number | null;
      next_probe_at: string | null;
      fault: string | null;
      fault_detail: string | null;
    };
    Point: {
      id: number;
      name: string;
      kind: 'circuit' | 'network';
      device: number | null;
      channel: string | null;
      zone: string;
      fluid: components['schemas']['Named'] | null;
      usage: components['schemas']['Named'] | null;
      network: number | null;
      wiring: string | null;
      nominal_voltage_v: number | null;
      nominal_current_a: number | null;
      nominal_frequency_hz: number | null;
      feeds_site: boolean;
      gauges: {
        voltage_v: components['schemas']['Gauge'] | null;
        line_voltage_v: components['schemas']['Gauge'] | null;
        current_a: components['schemas']['Gauge'] | null;
        power_va: components['schemas']['Gauge'] | null;
      };
      quantities: components['schemas']['Quantity'][];
    };
    Named: { id: number; name: string };
    Gauge: { nominal: number | null; full_scale: number; basis: 'set' | 'nominal' | 'seen' };
    Quantity: {
      quantity: string;
      unit: string;
      decimals: number;
      class: 'live' | 'energy' | 'slow';
      computed: boolean;
    };
    Overview: {
      sources: { answering: number; total: number };
      circuits: number;
      power: {
        value_w: number | null;
        circuits: number;
        answering: number;
        nominal_va: number | null;
      } | null;
      power_today: { from: string; step_s: number; values: (number | null)[] } | null;
      energy_today: { value_wh: number | null; since: string; coverage: number } | null;
      history: { from: string | null; completeness_24h: number | null };
    };
    History: {
      quantity: string;
      unit: string;
      from: string;
      step_s: number;
      values: (number | null)[];
      coverage: number[];
    };
    LiveReading: {
      point: number;
      quantity: string;
      value: number | null;
      at: string;
      decimals: number;
      period_s: number;
      quality?: string[];
      occurred_at?: string;
    };
    LiveSnapshot: {
      now: string;
      version: string;
      readings: components['schemas']['LiveReading'][];
      health: components['schemas']['Health'][];
    };
  };
}

type Json<T> = { content: { 'application/json': T } };
type Failure = { content: { 'application/problem+json': components['schemas']['Problem'] } };
type Answers<T> = { responses: { 200: Json<T>; default: Failure } };
type Nothing = { responses: { 204: { content: Record<string, never> }; default: Failure } };
type Body<T> = { requestBody: Json<T> };
type ById = { parameters: { path: { id: number } } };

export interface paths {
  '/api/v1/welcome': { get: Answers<components['schemas']['Welcome']> };
  '/api/v1/session': {
    get: Answers<components['schemas']['Session']>;
    post: Body<components['schemas']['NewSession']> & Answers<components['schemas']['Session']>;
    delete: Nothing;
  };
  '/api/v1/session/language': {
    put: Body<components['schemas']['Language']> & Answers<components['schemas']['Session']>;
  };
  '/api/v1/session/password': {
    put: Body<components['schemas']['NewPassword']> & Answers<components['schemas']['Session']>;
  };
  '/api/v1/site': { get: Answers<components['schemas']['Site']> };
  '/api/v1/devices': { get: Answers<components['schemas']['Device'][]> };
  '/api/v1/points': { get: Answers<components['schemas']['Point'][]> };
  '/api/v1/configuration': { put: Body<Record<string, never>> & Nothing };
  '/api/v1/overview': { get: Answers<components['schemas']['Overview']> };
  '/api/v1/circuits/{id}/history': {
    get: ById & {
      parameters: { query: { quantity: string; from: string; until: string; step_s: number } };
    } & Answers<components['schemas']['History']>;
  };
}
