-- Who changed what, the newest last. Rows are never edited; the oldest of each action make room.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,             -- milliseconds since 1970, UTC
  actor TEXT NOT NULL,             -- a user profile, or what else acted (`start`)
  address TEXT,                    -- the other end of the actor's connection
  action TEXT NOT NULL,            -- stable word
  result TEXT NOT NULL,            -- stable word; `done` where it was done
  device INTEGER,
  point INTEGER,
  before TEXT NOT NULL,            -- JSON object
  after TEXT NOT NULL,             -- JSON object
  detail TEXT NOT NULL             -- for people, in English; empty where there is nothing to add
) STRICT;
CREATE INDEX audit_action ON audit (action, id);
