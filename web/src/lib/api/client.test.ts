import { describe, expect, test } from 'vitest';
import { Failure, send } from './client';

const answer = (status: number, body: { data?: unknown; error?: unknown }) =>
  Promise.resolve({ ...body, response: new Response(null, { status }) });

async function failureOf(request: Promise<never>): Promise<Failure> {
  const cause: unknown = await send(request).catch((caught: unknown) => caught);
  expect(cause).toBeInstanceOf(Failure);
  return cause as Failure;
}

describe('a request', () => {
  test('answers its data', async () => {
    expect(await send(answer(200, { data: [1] }))).toEqual([1]);
  });

  test('that nothing needs to be said to answers nothing', async () => {
    expect(await send(answer(204, {}))).toBeUndefined();
  });

  test('fails with the code and the words of the server', async () => {
    const error = { code: 'no_right', title: 'No right', detail: 'needs `declare`' };
    const failure = await failureOf(answer(403, { error }) as Promise<never>);
    expect(failure).toMatchObject({ code: 'no_right', status: 403, message: 'needs `declare`' });
  });

  test('fails as unreachable when nobody answers, or a proxy says so', async () => {
    const dead = Promise.reject(new TypeError('Failed to fetch'));
    expect(await failureOf(dead as Promise<never>)).toMatchObject({ code: 'unreachable' });
    const proxy = answer(502, { error: '<html>' }) as Promise<never>;
    expect(await failureOf(proxy)).toMatchObject({ code: 'unreachable', status: 502 });
  });

  test('fails as unexpected on an answer that is not in the contract', async () => {
    const odd = answer(500, { error: 'oops' }) as Promise<never>;
    expect(await failureOf(odd)).toMatchObject({ code: 'unexpected', status: 500 });
  });

  test('that was aborted says so to its caller and is no failure', async () => {
    const aborted = Promise.reject(new DOMException('gone', 'AbortError'));
    await expect(send(aborted as Promise<never>)).rejects.toBeInstanceOf(DOMException);
  });
});
