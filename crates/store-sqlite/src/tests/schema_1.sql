CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE commits (
    epoch TEXT NOT NULL,
    "offset" INTEGER PRIMARY KEY,
    committed_at INTEGER NOT NULL,
    changes TEXT NOT NULL
);

CREATE TABLE players (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (source, key)
);

CREATE TABLE tournaments (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    start TEXT,
    "end" TEXT,
    planned_rounds INTEGER,
    "offset" INTEGER
);
CREATE INDEX tournaments_by_title ON tournaments (source, title);

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    games INTEGER NOT NULL,
    "offset" INTEGER NOT NULL
);

CREATE TABLE games (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identity TEXT UNIQUE,
    digest TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    import_id INTEGER REFERENCES imports,
    corrected INTEGER NOT NULL,
    source TEXT NOT NULL,
    tournament TEXT,
    season INTEGER,
    round INTEGER,
    game_no INTEGER,
    "table" INTEGER,
    date TEXT,
    time TEXT,
    referee TEXT,
    rated INTEGER,
    winner TEXT,
    status TEXT NOT NULL,
    first_killed_night INTEGER,
    first_killed_day INTEGER,
    best_move TEXT,
    flags TEXT NOT NULL,
    extra TEXT
);

CREATE TABLE seats (
    game INTEGER NOT NULL REFERENCES games ON DELETE CASCADE,
    seat INTEGER NOT NULL,
    player INTEGER REFERENCES players,
    role TEXT,
    posted INTEGER NOT NULL,
    name TEXT NOT NULL,
    player_id TEXT,
    won INTEGER,
    fouls INTEGER,
    win_points INTEGER,
    extra_points INTEGER,
    best_move_points INTEGER,
    ci INTEGER,
    fine INTEGER,
    tech_fine INTEGER,
    auto_points INTEGER,
    total INTEGER,
    extra TEXT,
    PRIMARY KEY (game, seat)
) WITHOUT ROWID;
