-- The one-time code that a first password set from another machine needs; at most one row.
CREATE TABLE first_code (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hash TEXT NOT NULL,              -- PHC string of Argon2id; the code itself is printed and forgotten
  made_at INTEGER NOT NULL         -- seconds since 1970, UTC
) STRICT;
