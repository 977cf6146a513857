/** The built program as a child process: what it says, what it logs, how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How long it may take to answer on a busy machine. */
const START_MS = 30_000;
/** A clean stop takes less than five seconds (NFR-08), with room for a busy machine. */
const STOP_MS = 10_000;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BINARY = process.env.WATTLINE ?? `${ROOT}target/debug/wattline`;

/** A path inside the repository. */
export const inRepository = (path: string): string => ROOT + path;

export class Program {
  /** Lines of standard error, which is the log. */
  readonly log: string[] = [];
  readonly #said: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #heard: (() => void) | undefined;

  constructor(args: readonly string[]) {
    if (!existsSync(BINARY))
      throw new Error(`${BINARY} is not built: cargo build --package server`);
    const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    createInterface(child.stdout).on('line', (line) => {
      this.#said.push(line);
      this.#heard?.();
    });
    createInterface(child.stderr).on('line', (line) => this.log.push(line));
    this.#ended = new Promise((resolve) => {
      child.on('exit', (code) => {
        resolve(code);
        this.#heard?.();
      });
    });
    // A runner that is stopped leaves no program behind.
    process.once('exit', () => child.kill('SIGKILL'));
  }

  /** Waits for a line of standard output that begins so, and answers the rest of it. */
  async line(beginning: string): Promise<string> {
    const [line] = await this.lines(beginning, 1);
    return (line as string).slice(beginning.length);
  }

  /** Waits for `count` lines of standard output that begin so. */
  async lines(beginning: string, count: number): Promise<string[]> {
    const until = Date.now() + START_MS;
    for (;;) {
      const found = this.#said.filter((line) => line.startsWith(beginning));
      if (found.length >= count) return found;
      if (this.#child.exitCode !== null || Date.now() > until) {
        throw new Error(
          `the program did not say "${beginning}" but ${JSON.stringify(this.#said)}; its log:\n` +
            this.log.join('\n'),
        );
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
        setTimeout(resolve, 500);
      });
    }
  }

  /** Ends it as a service manager would; it has to end well. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`it had ended:\n${this.log.join('\n')}`);
    this.#child.kill('SIGTERM');
    const code = await Promise.race([
      this.#ended,
      new Promise<'late'>((resolve) => setTimeout(resolve, STOP_MS, 'late').unref()),
    ]);
    if (code === 'late') this.#child.kill('SIGKILL');
    if (code !== 0) throw new Error(`it ended with ${code}; its log:\n${this.log.join('\n')}`);
  }
}
