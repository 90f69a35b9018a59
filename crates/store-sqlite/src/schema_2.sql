-- From version 1 to 2: what a file of version 2 has more, in the same order of columns.

ALTER TABLE players ADD COLUMN elo_milli INTEGER;
ALTER TABLE players ADD COLUMN region TEXT;
ALTER TABLE players ADD COLUMN club TEXT;

ALTER TABLE tournaments ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tournaments ADD COLUMN kind TEXT;
ALTER TABLE tournaments ADD COLUMN country TEXT;
ALTER TABLE tournaments ADD COLUMN city TEXT;
ALTER TABLE tournaments ADD COLUMN stars INTEGER;
ALTER TABLE tournaments ADD COLUMN elo_average_milli INTEGER;
ALTER TABLE tournaments ADD COLUMN status_word TEXT;
-- Version 1 knew a tournament either from a game or from someone who put it.
UPDATE tournaments SET told = "offset" IS NOT NULL;
CREATE INDEX tournaments_by_day ON tournaments (title, start);

ALTER TABLE games ADD COLUMN tournament_id TEXT;
ALTER TABLE games ADD COLUMN tournament_row TEXT;
CREATE INDEX games_by_tournament ON games (tournament_row, date);

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
