/** Registers as mbpoll reads them: a Modbus client that this project did not write. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Holding registers of one unit; `word(address)` and `double(address)` decode them by hand. */
export class Words {
  constructor(
    readonly start: number,
    readonly words: readonly number[],
  ) {}

  /** An unsigned word. */
  u16(address: number): number {
    const word = this.words[address - this.start];
    if (word === undefined) throw new Error(`${address} was not read`);
    return word;
  }

  s16(address: number): number {
    return (this.u16(address) << 16) >> 16;
  }

  /** Two words, the high one first. */
  u32(address: number): number {
    return this.u16(address) * 0x10000 + this.u16(address + 1);
  }

  s32(address: number): number {
    return this.u32(address) | 0;
  }
}

/** Reads `count` holding registers from `start`, the address as it is sent on the wire. */
export async function mbpoll(
  address: string,
  unit: number,
  start: number,
  count: number,
): Promise<Words> {
  const [host, port] = address.split(':') as [string, string];
  const { stdout } = await run('mbpoll', [
    ...['-m', 'tcp', '-0', '-1', '-q', '-t', '4:hex'],
    ...['-p', port, '-a', String(unit), '-r', String(start), '-c', String(count), host],
  ]);
  const words = [...stdout.matchAll(/^\[\d+\]:\s+0x([0-9A-F]{4})$/gim)].map(([, hex]) =>
    parseInt(hex as string, 16),
  );
  if (words.length !== count) throw new Error(`mbpoll said:\n${stdout}`);
  return new Words(start, words);
}
