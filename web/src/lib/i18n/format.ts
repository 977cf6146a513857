/** What stands for `{name}` in a message; `count` also chooses the plural form. */
export type Parameters = Readonly<Record<string, string | number>>;

/**
 * The message of `key` with its placeholders filled in.
 *
 * With a `count` the form `key_one`, `key_other` … that the language's rules name is taken, and
 * `key_other` where the catalogue does not tell that form apart. An unknown key answers itself,
 * so that a gap is seen and not blank.
 */
export function format(
  catalogue: Readonly<Record<string, string>>,
  plurals: Intl.PluralRules,
  key: string,
  parameters: Parameters = {},
): string {
  const message = choose(catalogue, plurals, key, parameters.count) ?? key;
  return message.replace(/\{(\w+)\}/g, (whole, name: string) =>
    parameters[name] === undefined ? whole : String(parameters[name]),
  );
}

function choose(
  catalogue: Readonly<Record<string, string>>,
  plurals: Intl.PluralRules,
  key: string,
  count: string | number | undefined,
): string | undefined {
  if (typeof count === 'number') {
    const form =
      catalogue[`${key}_${plurals.select(Math.abs(count))}`] ?? catalogue[`${key}_other`];
    if (form !== undefined) return form;
  }
  return catalogue[key];
}

/** The names of the placeholders of a message, sorted. */
export function placeholders(message: string): string[] {
  return [...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
}
