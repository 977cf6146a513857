-- Every saved state of the installation, the newest last: a document is small, edits are rare,
-- and the way back is kept.
CREATE TABLE site_revision (
  revision INTEGER PRIMARY KEY,
  saved_at INTEGER NOT NULL,       -- seconds since 1970, UTC
  saved_by TEXT NOT NULL,          -- a user profile, or what else saved it (`start`)
  document TEXT NOT NULL
) STRICT;
