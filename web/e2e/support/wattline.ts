/** A running server over a simulated plant, with a data folder of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Plant } from './plant';
import { inRepository, Program } from './program';

/**
 * What a file of tests runs against.
 *
 * - `demo`: `wattline demo`, a server over the demo plant in one process.
 * - `apart`: `wattline simulate` of the demo plant, its time stopped on a bright morning before the
 *   server begins, so that whatever the server reads stays as it is and no power is zero.
 * - `morning`: the same, and its time goes on.
 * - `empty`: `wattline serve` that nobody told of a site.
 */
export type Setting = 'demo' | 'apart' | 'morning' | 'empty';

const FREE_PORT = '127.0.0.1:0';

/** A day of the plant in ten seconds. */
const FASTEST = 8_640;
/** Between ten and eleven in the time of the demo's site, all year round. */
const MORNING = /T09:/;

interface SiteDocument {
  sources: { name: string; host?: string; port?: number }[];
}

export class Wattline {
  /** Where the pages are. */
  url = '';
  plant = new Plant('');
  #server: Program | undefined;
  #simulator: Program | undefined;
  #folder = '';
  #listen = FREE_PORT;
  /** Lines of the logs that were looked at already. */
  #seen = 0;
  readonly #earlier: string[] = [];

  private constructor(readonly setting: Setting) {}

  static async start(setting: Setting): Promise<Wattline> {
    const wattline = new Wattline(setting);
    wattline.#folder = await mkdtemp(join(tmpdir(), 'wattline-'));
    if (setting === 'apart' || setting === 'morning') await wattline.#simulate();
    await wattline.startServer();
    return wattline;
  }

  /** Starts the server, again on the same port and with the same data after it was stopped. */
  async startServer(): Promise<void> {
    const data = join(this.#folder, 'data');
    const places = ['--listen', this.#listen, '--data', data];
    const server = new Program(
      this.setting === 'demo'
        ? ['demo', ...places, '--control', FREE_PORT, '--history-days', '0']
        : this.setting === 'empty'
          ? ['serve', ...places]
          : ['serve', ...places, '--site', this.#siteFile],
    );
    this.#server = server;
    if (this.setting === 'demo') this.plant = new Plant(await server.line('control on '));
    this.url = await server.line('listening on ');
    this.#listen = this.url.replace('http://', '');
  }

  /** Stops the server as a service manager would; the plant stays. */
  async stopServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop();
    this.#earlier.push(...(server?.log ?? []));
  }

  async stop(): Promise<void> {
    try {
      await this.stopServer();
      await this.#simulator?.stop();
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** What was logged since this was asked last. */
  newLines(): string[] {
    const all = [...this.#earlier, ...(this.#server?.log ?? [])];
    const lines = all.slice(this.#seen);
    this.#seen = all.length;
    return lines;
  }

  get #siteFile(): string {
    return join(this.#folder, 'site.json');
  }

  async #simulate(): Promise<void> {
    const simulator = new Program([
      'simulate',
      inRepository('demo/plant.toml'),
      ...['--listen', FREE_PORT, '--control', FREE_PORT],
    ]);
    this.#simulator = simulator;
    this.plant = new Plant(await simulator.line('control on '));
    await this.plant.speed(FASTEST);
    while (!MORNING.test((await this.plant.state()).now)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.plant.speed(1);
    await this.plant.pause(this.setting === 'apart');
    const text = await readFile(inRepository('demo/site.json'), 'utf8');
    const site = JSON.parse(text) as SiteDocument;
    for (const { name, address } of (await this.plant.state()).gateways) {
      const [host, port] = address.split(':') as [string, string];
      for (const source of site.sources.filter((source) => source.name === name)) {
        Object.assign(source, { host, port: Number(port) });
      }
    }
    await writeFile(this.#siteFile, JSON.stringify(site));
  }
}
