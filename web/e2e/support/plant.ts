/** The simulated plant, steered and asked through its control interface. */

/** Values of a channel by measurand, as the registers decode to at this moment. */
export type ChannelState = Readonly<Record<string, number | null>>;

export interface DeviceState {
  unit_id: number;
  name: string;
  profile: string;
  channels: Readonly<Record<string, ChannelState>>;
}

export interface PlantState {
  now: string;
  gateways: { name: string; address: string; devices: DeviceState[] }[];
}

export type Fault =
  { kind: 'none' | 'silent' } | { kind: 'delay'; ms: number } | { kind: 'exception'; code: number };

/** What is wrong with the meter of a load, as `[[load.fault]]` of a plant says it. */
export type LoadFault =
  | { kind: 'reversed_current' | 'missing_voltage'; phase?: string }
  | { kind: 'swapped_phases'; phase: string; with: string }
  | { kind: 'wrong_ratio'; factor: number };

export class Plant {
  constructor(readonly control: string) {}

  async state(): Promise<PlantState> {
    const answer = await fetch(`${this.control}/state`);
    return (await answer.json()) as PlantState;
  }

  /** What the device of that name holds now. */
  async device(name: string): Promise<DeviceState & { address: string }> {
    for (const gateway of (await this.state()).gateways) {
      const found = gateway.devices.find((device) => device.name === name);
      if (found) return { ...found, address: gateway.address };
    }
    throw new Error(`the plant has no device ${name}`);
  }

  /** Stops the plant's time: registers keep their values. */
  async pause(paused: boolean): Promise<void> {
    await this.#put('/paused', { paused });
  }

  async speed(speed: number): Promise<void> {
    await this.#put('/speed', { speed });
  }

  async fault(gateway: string, unit_id: number, fault: Fault): Promise<void> {
    await this.#put(`/gateways/${encodeURIComponent(gateway)}/devices/${unit_id}/fault`, fault);
  }

  /** What is wrong with the meter of a load, in place of what was. */
  async wrong(load: string, faults: readonly LoadFault[]): Promise<void> {
    await this.#put(`/loads/${encodeURIComponent(load)}/faults`, faults);
  }

  async #put(path: string, body: object): Promise<void> {
    const answer = await fetch(this.control + path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  }
}
