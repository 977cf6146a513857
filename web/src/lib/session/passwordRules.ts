/** What a password needs (SEC-02); the server has the last word and knows one rule more. */
export const PASSWORD_RULES = ['length', 'upper', 'lower', 'digit', 'special'] as const;
export type PasswordRule = (typeof PASSWORD_RULES)[number];

export const SHORTEST_PASSWORD = 10;
/** As the server has it: more is no password but an attempt to keep it busy. */
export const LONGEST_PASSWORD = 128;

const IS_KEPT: Record<PasswordRule, (password: string) => boolean> = {
  length: (password) => {
    const characters = [...password].length;
    return characters >= SHORTEST_PASSWORD && characters <= LONGEST_PASSWORD;
  },
  upper: (password) => /\p{Uppercase}/u.test(password),
  lower: (password) => /\p{Lowercase}/u.test(password),
  digit: (password) => /[0-9]/.test(password),
  special: (password) => /[^\p{Alphabetic}\p{N}\p{Cc}]/u.test(password),
};

export function keeps(password: string, rule: PasswordRule): boolean {
  return IS_KEPT[rule](password);
}

export function isStrong(password: string): boolean {
  return PASSWORD_RULES.every((rule) => keeps(password, rule));
}
