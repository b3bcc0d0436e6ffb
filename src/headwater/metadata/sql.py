"""Every SQL statement of the index, by name.

A task's place in its step is kept as a text that sorts like the position (see `positions.sort_key`), so that the
tasks that a run took over are found by a range. `failed` is part of a task's key: a driver may have given an attempt up
in the moment in which it committed, and both documents stand.
"""

SCHEMA_VERSION = 4

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS runs (
        id INTEGER PRIMARY KEY,
        flow TEXT NOT NULL,
        run_id TEXT NOT NULL,
        user TEXT,              -- NULL: run.json has not been seen
        created_at REAL,
        tags TEXT,              -- JSON list
        tags_number INTEGER NOT NULL DEFAULT 0,  -- of the change that they stand after
        system_tags TEXT,       -- JSON list
        origin_run_id TEXT,
        outcome TEXT,           -- NULL: no end
        ended_at REAL,
        message TEXT,
        parameters TEXT,        -- JSON object: what the summaries show
        code TEXT,              -- hash of the manifest
        document_bytes INTEGER, -- when it was last measured; NULL: never
        log_bytes INTEGER,
        seen TEXT,              -- of a run without an end: the stamp of its folders when they were read
        UNIQUE (flow, run_id)
    )""",
    "CREATE INDEX IF NOT EXISTS runs_by_age ON runs (flow, created_at)",
    """CREATE TABLE IF NOT EXISTS tasks (
        run INTEGER NOT NULL,
        step TEXT NOT NULL,
        place TEXT NOT NULL,
        failed INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        task_id TEXT NOT NULL,
        outcome TEXT NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL NOT NULL,
        splits INTEGER,
        failure_kind TEXT,
        failure_message TEXT,
        PRIMARY KEY (run, step, place, failed, attempt)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS taken (
        run INTEGER NOT NULL,
        step TEXT NOT NULL,
        low TEXT NOT NULL,
        high TEXT NOT NULL,
        executed_by TEXT NOT NULL,   -- a run id of the same flow
        PRIMARY KEY (run, step, low, high, executed_by)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS blobs (
        hash INTEGER NOT NULL,       -- its first 15 hex digits: for adding up sizes, not for naming
        run INTEGER NOT NULL,        -- a run whose documents name it
        bytes INTEGER NOT NULL,
        PRIMARY KEY (hash, run)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS blobs_by_run ON blobs (run, bytes)",
)

CLEAR = ("DELETE FROM tasks", "DELETE FROM taken", "DELETE FROM blobs", "DELETE FROM runs")
FORGET = (
    "DELETE FROM tasks WHERE run = ?",
    "DELETE FROM taken WHERE run = ?",
    "DELETE FROM blobs WHERE run = ?",
    "DELETE FROM runs WHERE id = ?",
)

ENSURE_RUN = "INSERT INTO runs (flow, run_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
RUN_NUMBER = "SELECT id FROM runs WHERE flow = ? AND run_id = ?"
UPDATE_RUN = """
    UPDATE runs SET user = ?, created_at = ?, tags = CASE WHEN tags_number = 0 THEN ? ELSE tags END, system_tags = ?,
        origin_run_id = ?, parameters = ?, code = ?
    WHERE id = ?"""
UPDATE_TAGS = "UPDATE runs SET tags = ?, tags_number = ? WHERE id = ? AND tags_number < ?"
UPDATE_END = "UPDATE runs SET outcome = ?, ended_at = ?, message = ? WHERE id = ?"
PUT_TASK = "INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PUT_TAKEN = "INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?, ?)"
PUT_BLOB = "INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)"
PUT_FILES = "UPDATE runs SET document_bytes = ?, log_bytes = ? WHERE flow = ? AND run_id = ?"

FLOWS = "SELECT DISTINCT flow FROM runs WHERE user IS NOT NULL ORDER BY flow"

# With max() SQLite takes the other columns from the row that has it: the newest run.
FLOW_ROWS = """
    SELECT flow, count(*), json_group_array(DISTINCT user), sum(coalesce(outcome = 'succeeded', 0)), max(created_at),
           run_id, outcome, ended_at
    FROM runs WHERE user IS NOT NULL
    GROUP BY flow
    ORDER BY max(created_at) DESC, flow"""

_RUN_COLUMNS = (
    "flow, run_id, user, created_at, tags, system_tags, origin_run_id, outcome, ended_at, message, parameters,"
    " tags_number"
)
RUN = f"SELECT {_RUN_COLUMNS} FROM runs WHERE flow = ? AND run_id = ? AND user IS NOT NULL"
RUNS = f"""
    SELECT {_RUN_COLUMNS} FROM runs
    WHERE user IS NOT NULL
      AND (:flow IS NULL OR flow = :flow)
      AND (:user IS NULL OR user = :user)
      AND (:outcome IS NULL OR coalesce(outcome, 'unfinished') = :outcome)
      AND (:since IS NULL OR created_at >= :since)
      AND (:until IS NULL OR created_at < :until)
      AND NOT EXISTS (
        SELECT 1 FROM json_each(:tags) AS wanted
        WHERE wanted.value != 'user:' || user
          AND wanted.value NOT IN (SELECT value FROM json_each(runs.tags))
          AND wanted.value NOT IN (SELECT value FROM json_each(runs.system_tags)))
      AND NOT EXISTS (
        SELECT 1 FROM json_each(:parameters) AS wanted
        WHERE NOT EXISTS (
          SELECT 1 FROM json_each(runs.parameters) AS given
          WHERE given.key = wanted.key
            AND CASE given.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'none'
                ELSE given.atom END
              = CASE WHEN given.type IN ('true', 'false', 'null') THEN lower(wanted.value)
                WHEN given.type IN ('integer', 'real') THEN CAST(wanted.value AS NUMERIC)
                ELSE wanted.value END))
    ORDER BY {{order}}
    LIMIT :limit OFFSET :offset"""
RUN_ORDER = {
    "created": "created_at {way}, run_id {way}, flow",
    "ended": "ended_at {way}, created_at {way}, run_id {way}",
    "duration": "ended_at - created_at {way}, created_at {way}, run_id {way}",
    "flow": "flow {way}, created_at DESC, run_id DESC",
    "user": "user {way}, created_at DESC, run_id DESC",
}

# A range of several never holds a turn of a loop, which sorts between its base and the next index.
_TASK_COLUMNS = (
    "t.step, t.task_id, t.attempt, t.outcome, t.started_at, t.ended_at, t.splits, t.failure_kind, t.failure_message"
)
_OWN_AND_TAKEN = f"""
    SELECT r.run_id AS run_id, {_TASK_COLUMNS}, t.place AS place, t.failed AS failed
    FROM runs r JOIN tasks t ON t.run = r.id
    WHERE r.flow = :flow AND r.run_id = :run_id {{filter}}
    UNION ALL
    SELECT o.run_id, {_TASK_COLUMNS}, t.place, t.failed
    FROM runs r
    JOIN taken k ON k.run = r.id
    JOIN runs o ON o.flow = r.flow AND o.run_id = k.executed_by
    JOIN tasks t ON t.run = o.id AND t.step = k.step AND t.place BETWEEN k.low AND k.high
    WHERE r.flow = :flow AND r.run_id = :run_id {{filter}}
      AND (k.low = k.high OR instr(t.place, '~') = 0)"""
_ORDER = " ORDER BY step, place, failed DESC, attempt"
TASKS = _OWN_AND_TAKEN.format(filter="") + _ORDER
TASKS_OF_STEP = _OWN_AND_TAKEN.format(filter="AND t.step = :step") + _ORDER
ATTEMPTS = _OWN_AND_TAKEN.format(filter="AND t.step = :step AND t.place = :place") + _ORDER

# With max() SQLite takes the other columns from the row that has it: the success, else the newest attempt.
STEPS = f"""
    SELECT step, count(*), sum(outcome = 'succeeded'), sum(outcome = 'caught'), sum(outcome = 'failed'),
           sum(run_id != :run_id),
           min(CASE WHEN run_id = :run_id THEN started_at END), max(CASE WHEN run_id = :run_id THEN ended_at END)
    FROM (
        SELECT step, run_id, outcome, started_at, ended_at, max((1 - failed) * 1000000 + attempt)
        FROM ({_OWN_AND_TAKEN.format(filter="")})
        GROUP BY step, place)
    GROUP BY step
    ORDER BY min(started_at), step"""

STEP_NAMES = """
    SELECT step FROM tasks WHERE run = (SELECT id FROM runs WHERE flow = :flow AND run_id = :run_id)
    UNION
    SELECT step FROM taken WHERE run = (SELECT id FROM runs WHERE flow = :flow AND run_id = :run_id)"""

# Runs that took nothing over are counted in the order of the key; for the others, what they have is put together.
TASK_COUNTS = """
    WITH wanted AS (
      SELECT r.id AS id FROM json_each(:runs) AS given
      JOIN runs r ON r.flow = json_extract(given.value, '$[0]') AND r.run_id = json_extract(given.value, '$[1]')),
    resumed AS (SELECT DISTINCT w.id AS id FROM wanted w JOIN taken k ON k.run = w.id)
    SELECT r.flow, r.run_id, counted.tasks FROM (
      SELECT w.id AS id, (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE run = w.id GROUP BY step, place)) AS tasks
      FROM wanted w WHERE w.id NOT IN (SELECT id FROM resumed)
      UNION ALL
      SELECT id, count(*) FROM (
        SELECT w.id AS id, t.step, t.place FROM resumed w JOIN tasks t ON t.run = w.id
        UNION
        SELECT w.id, t.step, t.place
        FROM resumed w
        JOIN taken k ON k.run = w.id
        JOIN runs r ON r.id = w.id
        JOIN runs o ON o.flow = r.flow AND o.run_id = k.executed_by
        JOIN tasks t ON t.run = o.id AND t.step = k.step AND t.place BETWEEN k.low AND k.high
        WHERE k.low = k.high OR instr(t.place, '~') = 0)
      GROUP BY id) AS counted
    JOIN runs r ON r.id = counted.id"""

TASK_KEYS = (
    "SELECT step, task_id, attempt, failed FROM tasks WHERE run = (SELECT id FROM runs WHERE flow = ? AND run_id = ?)"
)
MARK_SEEN = "UPDATE runs SET seen = ? WHERE flow = ? AND run_id = ?"
SEEN = "SELECT flow, run_id, seen FROM runs WHERE seen IS NOT NULL AND (outcome IS NULL OR user IS NULL)"
EVERY_SEEN = "SELECT flow, run_id, seen FROM runs WHERE seen IS NOT NULL"

RUN_IDS = "SELECT flow, run_id FROM runs"
UNFINISHED_RUN_IDS = "SELECT flow, run_id FROM runs WHERE outcome IS NULL OR user IS NULL"

TAKEN_FROM = "SELECT DISTINCT r.flow, r.run_id, k.executed_by FROM taken k JOIN runs r ON r.id = k.run"

# What takes space. Both sums are read off an index of the table in its order; nothing is sorted.
SPACE = """
    SELECT r.flow, r.run_id, r.document_bytes, r.log_bytes, r.code,
           coalesce(held.bytes, 0), coalesce(own.bytes, 0)
    FROM runs r
    LEFT JOIN (SELECT run, sum(bytes) AS bytes FROM blobs GROUP BY run) AS held ON held.run = r.id
    LEFT JOIN (
        SELECT run, sum(bytes) AS bytes
        FROM (SELECT min(run) AS run, min(bytes) AS bytes FROM blobs GROUP BY hash HAVING count(*) = 1)
        GROUP BY run) AS own ON own.run = r.id
    WHERE r.user IS NOT NULL AND (:flow IS NULL OR r.flow = :flow)"""
FLOW_SPACE = """
    SELECT r.flow, count(*), coalesce(sum(r.document_bytes), 0), coalesce(sum(r.log_bytes), 0), coalesce(own.bytes, 0)
    FROM runs r
    LEFT JOIN (
        SELECT flow, sum(bytes) AS bytes
        FROM (
            SELECT min(o.flow) AS flow, min(b.bytes) AS bytes
            FROM blobs b JOIN runs o ON o.id = b.run
            GROUP BY b.hash
            HAVING min(o.flow) = max(o.flow))
        GROUP BY flow) AS own ON own.flow = r.flow
    WHERE r.user IS NOT NULL
    GROUP BY r.flow"""
FILES = "SELECT flow, run_id, document_bytes, log_bytes FROM runs WHERE log_bytes IS NOT NULL"
UNMEASURED = "SELECT flow, run_id FROM runs WHERE user IS NOT NULL AND (log_bytes IS NULL OR outcome IS NULL)"
CODES = "SELECT DISTINCT code FROM runs WHERE code IS NOT NULL"
ALL_BLOBS = "SELECT coalesce(sum(bytes), 0) FROM (SELECT min(bytes) AS bytes FROM blobs GROUP BY hash)"
BLOBS_OF_ONLY = """
    SELECT coalesce(sum(bytes), 0) FROM (
        SELECT min(bytes) AS bytes FROM blobs
        GROUP BY hash
        HAVING sum(run NOT IN (
            SELECT r.id FROM json_each(:runs) AS given
            JOIN runs r ON r.flow = given.value ->> 0 AND r.run_id = given.value ->> 1)) = 0)"""

DUMP = (
    f"SELECT 'run', {_RUN_COLUMNS} FROM runs ORDER BY flow, run_id",
    f"""SELECT 'task', r.flow, r.run_id, t.place, t.failed, {_TASK_COLUMNS}
        FROM tasks t JOIN runs r ON r.id = t.run ORDER BY r.flow, r.run_id, t.step, t.place, t.failed, t.attempt""",
    """SELECT 'taken', r.flow, r.run_id, k.step, k.low, k.high, k.executed_by
        FROM taken k JOIN runs r ON r.id = k.run ORDER BY r.flow, r.run_id, k.step, k.low, k.high, k.executed_by""",
    """SELECT 'blob', r.flow, r.run_id, b.hash, b.bytes
        FROM blobs b JOIN runs r ON r.id = b.run ORDER BY r.flow, r.run_id, b.hash""",
)
