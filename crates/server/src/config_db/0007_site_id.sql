-- The highest id ever given out of each kind: history hangs on ids, so none is given a second time,
-- not even after everything that had it was deleted.
CREATE TABLE site_id (
  kind TEXT PRIMARY KEY,           -- `fluids`, `usages`, `sources`, `points` or `hierarchies`
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO site_id (kind, highest)
SELECT kind.value, coalesce(max(json_extract(one.value, '$.id')), 0)
FROM json_each('["fluids", "usages", "sources", "points", "hierarchies"]') AS kind
LEFT JOIN site_revision
LEFT JOIN json_each(site_revision.document, '$.' || kind.value) AS one
GROUP BY kind.value;
