/**
 * The one way to the server: `send(api.GET('/api/v1/…'))` answers the data or throws a [`Failure`].
 *
 * Paths, bodies and answers are typed by `schema.ts`, which is generated from `openapi/v1.json`.
 */
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type { Problem, ProblemCode } from './types';

/** The path that the pages are served under, without a slash at the end: '' or '/power'. */
export function basePath(): string {
  return new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');
}

/**
 * Who wants an answer. A foreign page cannot set a header of its own, so either proves that the
 * request is ours; only what a person asked for shows that he is still there (ACC-16).
 */
export const BY_PERSON = { 'x-wattline': '1' };
export const UNASKED = { 'x-wattline': 'background' };

/** What a fetcher passes on with each of its requests; an alias, as openapi-fetch takes no interface. */
export type Asking = {
  signal: AbortSignal;
  headers: typeof BY_PERSON;
};

export const api = createClient<paths>({
  baseUrl: `${location.origin}${basePath()}`,
  headers: BY_PERSON,
});

/** Calls `listener` when the server answers a request of ours that nobody is logged in any more. */
export function onSessionLost(listener: () => void): void {
  api.use({
    async onResponse({ request, response }) {
      // The question who is logged in is asked to hear this very answer.
      const isQuestion = request.method === 'GET' && request.url.endsWith('/api/v1/session');
      if (response.status !== 401 || isQuestion) return;
      const problem = readProblem(await response.clone().json());
      if (problem?.code === 'not_logged_in') listener();
    },
  });
}

/** `unreachable`: nobody answered. `unexpected`: an answer that is not in the contract. */
export type FailureCode = ProblemCode | 'unreachable' | 'unexpected';

/** Why a request gave no data: the server's own words, or that there is no server. */
export class Failure extends Error {
  constructor(
    /** The server's stable word, or ours where it gave none. */
    readonly code: FailureCode,
    /** The HTTP status; 0 without an answer. */
    readonly status: number,
    readonly problem: Problem | null,
    options?: ErrorOptions,
  ) {
    super(problem?.detail ?? problem?.title ?? code, options);
    this.name = 'Failure';
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer. Throws a [`Failure`] otherwise, but passes a caller's abort on as it is. */
export async function send<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Failure('unreachable', 0, null, { cause });
  }
  if (answer.response.ok) return answer.data as T;
  const { status } = answer.response;
  const problem = readProblem(answer.error);
  // A proxy whose server is gone answers in its own words.
  const fallback = status >= 502 && status <= 504 ? 'unreachable' : 'unexpected';
  throw new Failure(problem?.code ?? fallback, status, problem);
}

function readProblem(body: unknown): Problem | null {
  return typeof body === 'object' && body !== null && 'code' in body ? (body as Problem) : null;
}
