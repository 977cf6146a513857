-- Accounts and sessions. Instants are seconds since 1970, UTC.
CREATE TABLE account (
  profile TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,     -- PHC string of Argon2id, salt and parameters inside
  is_factory INTEGER NOT NULL,     -- 1: still the factory password, which only opens the form that replaces it
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
  id BLOB PRIMARY KEY,             -- SHA-256 of the token; the token itself is only in the browser's cookie
  profile TEXT NOT NULL,
  language TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
