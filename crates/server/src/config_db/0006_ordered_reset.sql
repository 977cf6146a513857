-- Resets of partial counters that this program ordered: the fall of the index that follows is one,
-- whatever it looks like. Kept as long as the history, as journals are made again from both.
CREATE TABLE ordered_reset (
  point INTEGER NOT NULL,
  at INTEGER NOT NULL,             -- milliseconds since 1970, UTC
  PRIMARY KEY (point, at)
) STRICT;
