/** Everything that went wrong beside what a test looks at: in the browser and in the server's log. */
import type { BrowserContext, ConsoleMessage, Page, Request } from '@playwright/test';
import type { Wattline } from './wattline';

export class Complaints {
  readonly #heard: string[] = [];
  readonly #expected: RegExp[] = [];

  /** What a test brings about itself is no complaint. */
  expect(...patterns: RegExp[]): void {
    this.#expected.push(...patterns);
  }

  /** Listens to all pages of a context. */
  listen(context: BrowserContext): void {
    context.on('console', (message) => this.#console(message));
    context.on('weberror', (error) =>
      this.#hear(`page error: ${error.error().stack ?? error.error()}`),
    );
    context.on('requestfailed', (request) => this.#failed(request));
    context.on('page', (page: Page) => page.on('crash', () => this.#hear('the page crashed')));
  }

  readLog(wattline: Wattline): void {
    for (const line of wattline.newLines()) {
      if (/ (WARN|ERROR) /.test(line)) this.#hear(`server: ${line}`);
    }
  }

  /** Those that nobody expected. */
  get unexpected(): string[] {
    return this.#heard.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }

  #console(message: ConsoleMessage): void {
    // Refusals of the content security policy are errors here, too.
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const { url } = message.location();
    this.#hear(`console ${message.type()}: ${message.text()} (${url})`);
  }

  #failed(request: Request): void {
    const reason = request.failure()?.errorText ?? 'unknown';
    // A page that is left, or a stream that the page itself closes.
    if (reason === 'net::ERR_ABORTED') return;
    this.#hear(`request failed: ${request.method()} ${request.url()} ${reason}`);
  }

  #hear(text: string): void {
    this.#heard.push(text);
  }
}
