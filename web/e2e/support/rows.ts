/** Rows of `make bench`, left where its `report` looks for them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { inRepository } from './program';

const FOLDER = inRepository('target/bench/parts');

export interface Row {
  name: string;
  value: number;
  unit: string;
  note: string;
}

/** Leaves what a part found; nothing in the browser is measured against a peer. */
export async function writePart(part: string, rows: readonly Row[]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const whole = rows.map((row) => ({ ...row, peer: null, peer_value: null, ratio: null }));
  await writeFile(`${FOLDER}/${part}.json`, JSON.stringify(whole, null, 2));
}

/** How busy the machine is beside what is measured. */
export const load = (): string =>
  `load ${(loadavg()[0] ?? NaN).toFixed(2)} on ${availableParallelism()} cores`;
