import { expect, test } from 'vitest';
import { lineParts, networkAddress } from './address';

test('an address of version 6 is set apart from its port', () => {
  expect(networkAddress({ host: 'd70.example', port: 502 })).toBe('d70.example:502');
  expect(networkAddress({ host: '2001:db8::7', port: 502 })).toBe('[2001:db8::7]:502');
});

test('a serial line is said as its port shows it', () => {
  const line = { path: '/dev/ttyUSB0', baud_rate: 19200, parity: 'even', stop_bits: 1 } as const;
  expect(lineParts(line, 'en-GB')).toEqual({
    path: '/dev/ttyUSB0',
    rate: '19\u202f200',
    character: '8E1',
  });
});
