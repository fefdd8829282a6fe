/**
 * The schema, one migration a version: version n of the database is what the first n entries leave (PRAGMA
 * user_version). An entry, once released, never changes.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- A completed stage. The folder with its manifest is the truth; a row is what makes it quick to find.
  CREATE TABLE stages (
    key         TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    label       TEXT NOT NULL,
    seconds     REAL NOT NULL,
    bytes       INTEGER NOT NULL,
    backend     TEXT NOT NULL,
    finished_at TEXT NOT NULL
  ) STRICT;

  -- Where a training can be gone on from: a state folder is a stage of its own beside its snapshot.
  CREATE TABLE states (
    key            TEXT PRIMARY KEY REFERENCES stages (key) ON DELETE CASCADE,
    snapshot_key   TEXT NOT NULL,
    trajectory_key TEXT NOT NULL,
    step           INTEGER NOT NULL
  ) STRICT;

  -- A sweep as it was last run: the file's text and the plan made of it (JSON), for status and report.
  CREATE TABLE sweeps (
    name        TEXT PRIMARY KEY,
    file        TEXT NOT NULL,
    text        TEXT NOT NULL,
    plan        TEXT NOT NULL,
    backend     TEXT,
    threads     INTEGER,
    state       TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed', 'stopped')),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
  ) STRICT;

  -- How the pictures of a sweep were cut into batches, so that a resumed run computes the same bytes.
  CREATE TABLE picture_batches (
    sweep       TEXT NOT NULL REFERENCES sweeps (name) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    keys        TEXT NOT NULL,
    PRIMARY KEY (sweep, number)
  ) STRICT;

  -- Every attempt at a job, for the history that estimates are made of and for the log of failures.
  CREATE TABLE attempts (
    id          INTEGER PRIMARY KEY,
    sweep       TEXT NOT NULL,
    job         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    label       TEXT NOT NULL,
    rate_key    TEXT NOT NULL,
    units       INTEGER NOT NULL,
    started_at  TEXT NOT NULL,
    seconds     REAL,
    outcome     TEXT CHECK (outcome IN ('done', 'failed', 'stopped', 'lost')),
    error       TEXT
  ) STRICT;
  CREATE INDEX attempts_by_sweep ON attempts (sweep, id);
  `,
  `
  -- Which slot an attempt ran on, what it was to leave (JSON list of keys), and of a failure its class and the log's end.
  ALTER TABLE attempts ADD COLUMN slot TEXT;
  ALTER TABLE attempts ADD COLUMN makes TEXT;
  ALTER TABLE attempts ADD COLUMN class TEXT;
  ALTER TABLE attempts ADD COLUMN log TEXT;
  -- How many slots the sweep began with; threads are those of each.
  ALTER TABLE sweeps ADD COLUMN slots INTEGER;
  `,
  `
  -- 0 while a loss of power could still tear the stage: the next start then compares it with its manifest.
  ALTER TABLE stages ADD COLUMN flushed INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX stages_unflushed ON stages (key) WHERE flushed = 0;
  -- The plan of a sweep apart from its row, which changes several times a run: it can be many megabytes.
  CREATE TABLE plans (
    sweep       TEXT PRIMARY KEY REFERENCES sweeps (name) ON DELETE CASCADE,
    plan        TEXT NOT NULL
  ) STRICT;
  INSERT INTO plans (sweep, plan) SELECT name, plan FROM sweeps;
  ALTER TABLE sweeps DROP COLUMN plan;
  `,
];
