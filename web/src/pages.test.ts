import { describe, expect, test } from 'vitest';
import { pageOf, logInAddress, returnAddress } from './pages';

describe('an address', () => {
  function check(pathname: string, expected: string | undefined): void {
    expect(pageOf(pathname)?.path).toBe(expected);
  }

  test('belongs to the page whose path it begins with', () => {
    check('/', '/');
    check('/monitor', '/monitor');
    check('/monitor/3/power', '/monitor');
    check('/monitor/device/2', '/monitor');
    check('/configuration', '/configuration');
    check('/password', '/password');
  });

  test('that no page has belongs to none', () => {
    check('/nope', undefined);
    check('/monitors', undefined);
  });

  test('names the right that its page needs', () => {
    expect(pageOf('/monitor/3')?.right).toBe('monitor');
    expect(pageOf('/configuration')?.right).toBe('declare');
    expect(pageOf('/password')?.right).toBe('change_own_password');
  });
});

describe('NFR-10: after log-in one goes back to where one was', () => {
  function check(from: string | null, expected: string): void {
    expect(returnAddress(from)).toBe(expected);
  }

  test('with selection, tab and view', () =>
    check('/monitor/3/power?view=usage', '/monitor/3/power?view=usage'));

  test('home without such an address, and not to log-in again', () => {
    check(null, '/');
    check('/login?from=/x', '/');
  });

  test('never to a foreign server, whoever wrote the address', () => {
    check('https://evil.example/', '/');
    check('//evil.example/', '/');
    check('/\\evil.example/', '/');
    check('javascript:alert(1)', '/');
  });
});

test('ACC-08: whoever has to log in first comes back to where he wanted to go', () => {
  expect(logInAddress('/')).toBe('/login');
  const address = new URL(logInAddress('/monitor?group=usage'), 'http://wattline');
  expect(returnAddress(address.searchParams.get('from'))).toBe('/monitor?group=usage');
});
