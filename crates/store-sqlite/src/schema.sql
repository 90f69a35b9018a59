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
    elo_milli INTEGER,
    region TEXT,
    club TEXT,
    UNIQUE (source, key)
);

CREATE TABLE clubs (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    country TEXT,
    city TEXT,
    elo_average_milli INTEGER,
    score_milli INTEGER,
    PRIMARY KEY (source, id)
) WITHOUT ROWID;

CREATE TABLE player_years (
    source TEXT NOT NULL,
    player TEXT NOT NULL,
    year INTEGER NOT NULL,
    name TEXT NOT NULL,
    region TEXT,
    civilian_games INTEGER NOT NULL,
    civilian_win_percent INTEGER,
    civilian_wins_min INTEGER NOT NULL,
    civilian_wins_max INTEGER NOT NULL,
    civilian_extra_milli INTEGER,
    sheriff_games INTEGER NOT NULL,
    sheriff_win_percent INTEGER,
    sheriff_wins_min INTEGER NOT NULL,
    sheriff_wins_max INTEGER NOT NULL,
    sheriff_extra_milli INTEGER,
    mafia_games INTEGER NOT NULL,
    mafia_win_percent INTEGER,
    mafia_wins_min INTEGER NOT NULL,
    mafia_wins_max INTEGER NOT NULL,
    mafia_extra_milli INTEGER,
    don_games INTEGER NOT NULL,
    don_win_percent INTEGER,
    don_wins_min INTEGER NOT NULL,
    don_wins_max INTEGER NOT NULL,
    don_extra_milli INTEGER,
    extra_per_ten_milli INTEGER,
    PRIMARY KEY (source, player, year)
) WITHOUT ROWID;

CREATE TABLE tournaments (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    start TEXT,
    "end" TEXT,
    planned_rounds INTEGER,
    "offset" INTEGER,
    told INTEGER NOT NULL DEFAULT 1,
    kind TEXT,
    country TEXT,
    city TEXT,
    stars INTEGER,
    elo_average_milli INTEGER,
    status_word TEXT
);
CREATE INDEX tournaments_by_title ON tournaments (source, title);
CREATE INDEX tournaments_by_day ON tournaments (title, start);

CREATE TABLE tournament_aliases (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    tournament TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX tournament_aliases_by_tournament ON tournament_aliases (tournament);

CREATE TABLE disagreements (
    tournament TEXT NOT NULL,
    game TEXT NOT NULL,
    source TEXT NOT NULL,
    field TEXT NOT NULL,
    kept TEXT NOT NULL,
    told TEXT NOT NULL,
    PRIMARY KEY (tournament, game, source, field)
) WITHOUT ROWID;

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
    extra TEXT,
    tournament_id TEXT,
    tournament_row TEXT
);
CREATE INDEX games_by_tournament ON games (tournament_row, date);

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
