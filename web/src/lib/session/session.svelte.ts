import { createContext } from 'svelte';
import { api, Failure, send, UNASKED, type Asking } from '$lib/api/client';
import type { ProfileName, Right, SessionInfo, Welcome } from '$lib/api/types';
import { i18n, isLocale, type Locale } from '$lib/i18n/index.svelte';

/** A server that is asked whether the session stands is taken for unreachable after this time. */
const ANSWER_MS = 5_000;

/** Who uses these pages, and what the server told before anybody logged in. */
export class Session {
  /** `undefined` until the server was asked, `null` when nobody is logged in. */
  current = $state.raw<SessionInfo | null | undefined>();
  welcome = $state.raw<Welcome | undefined>();
  /** The server ended the session, not the person: the log-in page says so. */
  ended = $state(false);
  /** The person logged out: nobody is to be led back to where he was. */
  left = $state(false);
  /** Why the server could not be asked at all. */
  failure = $state.raw<Failure | undefined>();

  /**
   * Asks who is logged in, for the person who opened the pages or, `unasked`, once more. Answers
   * whether the server could be reached.
   */
  async start(unasked = false): Promise<boolean> {
    try {
      const [welcome, session] = await Promise.all([
        send(api.GET('/api/v1/welcome')),
        ask(unasked ? { headers: UNASKED } : {}),
      ]);
      this.welcome = welcome;
      this.failure = undefined;
      await this.#take(session);
      return true;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      this.failure = cause;
      return false;
    }
  }

  async logIn(profile: ProfileName, password: string | undefined, language: Locale): Promise<void> {
    const body = { profile, language, ...(password === undefined ? {} : { password }) };
    this.current = await send(api.POST('/api/v1/session', { body }));
    this.ended = false;
    this.left = false;
  }

  async logOut(): Promise<void> {
    try {
      await send(api.DELETE('/api/v1/session'));
    } catch (cause) {
      // A server that cannot be told keeps the session, and the banner says that it is lost.
      if (!(cause instanceof Failure) || cause.status !== 401) return forgive(cause);
    }
    this.left = true;
    this.ended = false;
    this.current = null;
  }

  /** `firstCode` is what the server printed, where a first password needs it. */
  async changePassword(current: string, wanted: string, firstCode?: string): Promise<void> {
    const body = { current, new: wanted, ...(firstCode ? { first_code: firstCode } : {}) };
    this.current = await send(api.PUT('/api/v1/session/password', { body }));
  }

  /** Switches the language of the pages, and of the session when there is one. */
  async useLanguage(language: Locale): Promise<void> {
    await i18n.use(language);
    if (!this.current) return;
    try {
      this.current = await send(api.PUT('/api/v1/session/language', { body: { language } }));
    } catch (cause) {
      // The pages speak it already; the server learns it at the next log-in.
      forgive(cause);
    }
  }

  /** Whether the session still stands; a server that cannot be asked is no reason to end it. */
  async stands(): Promise<boolean> {
    try {
      const session = await ask({ headers: UNASKED, signal: AbortSignal.timeout(ANSWER_MS) });
      if (session === null) this.end();
      return session !== null;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      return true;
    }
  }

  /** Notes that the server ended the session. */
  end(): void {
    this.ended ||= Boolean(this.current);
    this.current = null;
  }

  may(right: Right): boolean {
    return this.current?.rights.includes(right) ?? false;
  }

  async #take(session: SessionInfo | null): Promise<void> {
    if (session && isLocale(session.language) && session.language !== i18n.locale) {
      await i18n.use(session.language);
    }
    this.current = session;
  }
}

/** Lets a failed request pass, and nothing else. */
function forgive(cause: unknown): void {
  if (!(cause instanceof Failure)) throw cause;
}

/** The session of the cookie; the server answers 204 where nobody is logged in. */
async function ask(asking?: Partial<Asking>): Promise<SessionInfo | null> {
  return (await send(api.GET('/api/v1/session', asking))) ?? null;
}

export const [getSession, setSession] = createContext<Session>();
