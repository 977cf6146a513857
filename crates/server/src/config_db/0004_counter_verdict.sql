-- What people said about entries of counter journals. The entries are made again from the readings;
-- an entry that comes again has the same id.
CREATE TABLE counter_verdict (
  entry TEXT PRIMARY KEY,          -- its series and instants, as `EntryId` spells them
  point INTEGER NOT NULL,
  quantity TEXT NOT NULL,
  decision TEXT NOT NULL,          -- JSON
  given_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_at INTEGER NOT NULL        -- seconds since 1970, UTC
) STRICT;
CREATE INDEX counter_verdict_series ON counter_verdict (point, quantity);
