-- The view "metrics" from the tables alone. Everything here is temporary and is rolled back.

CREATE TEMP TABLE recount (key TEXT PRIMARY KEY, value TEXT NOT NULL);

INSERT INTO recount
SELECT 'games', count(*) FROM main.games WHERE status = 'finished';

INSERT INTO recount
SELECT 'games_rated', count(*) FROM main.games WHERE status = 'finished' AND winner IS NOT NULL;

INSERT INTO recount
SELECT 'players', count(DISTINCT seats.player)
FROM main.seats JOIN main.games ON games.n = seats.game
WHERE games.status = 'finished';

INSERT INTO recount
SELECT 'tournaments_running', count(*) FROM main.tournaments WHERE status = 'running';

INSERT INTO recount
SELECT 'games_by_day/' || date, count(*)
FROM main.games
WHERE status = 'finished' AND date IS NOT NULL
GROUP BY date;

-- Times of this one source are those of a page, not of play.
INSERT INTO recount
SELECT 'games_by_hour/' || date || 'T' || substr(time, 1, 2), count(*)
FROM main.games
WHERE status = 'finished' AND date IS NOT NULL AND time IS NOT NULL
    AND substr(source, 1, 14) <> 'mafiauniverse/'
GROUP BY date, substr(time, 1, 2);

-- Local rating. Who sat on which side, and on how many seats of it.
CREATE TEMP TABLE sat (
    game INTEGER NOT NULL,
    red INTEGER NOT NULL,
    player INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    PRIMARY KEY (game, red, player)
) WITHOUT ROWID;

INSERT INTO sat
SELECT seats.game, seats.role IN ('civilian', 'sheriff'), seats.player, count(*)
FROM main.seats JOIN main.games ON games.n = seats.game
WHERE games.status = 'finished' AND games.winner IS NOT NULL
    AND seats.player IS NOT NULL AND seats.role IS NOT NULL
GROUP BY 1, 2, 3;

DELETE FROM sat
WHERE game IN (SELECT game FROM sat GROUP BY game HAVING count(DISTINCT red) < 2);

-- Thousandths of a point, from nought.
CREATE TEMP TABLE rating (
    player INTEGER PRIMARY KEY,
    red INTEGER NOT NULL,
    black INTEGER NOT NULL
);

INSERT INTO rating SELECT DISTINCT player, 0, 0 FROM sat;

CREATE TEMP TABLE rated (
    place INTEGER PRIMARY KEY,
    game INTEGER NOT NULL,
    score REAL NOT NULL,
    k_up REAL NOT NULL,
    k_down REAL NOT NULL,
    red_mean REAL,
    black_mean REAL,
    expected REAL,
    red_change INTEGER,
    black_change INTEGER
);

CREATE TEMP TRIGGER rate AFTER INSERT ON rated BEGIN
    UPDATE rated SET
        red_mean = (
            SELECT CAST(sum(rating.red * sat.seats) AS REAL) / sum(sat.seats)
            FROM sat JOIN rating ON rating.player = sat.player
            WHERE sat.game = new.game AND sat.red = 1),
        black_mean = (
            SELECT CAST(sum(rating.black * sat.seats) AS REAL) / sum(sat.seats)
            FROM sat JOIN rating ON rating.player = sat.player
            WHERE sat.game = new.game AND sat.red = 0)
    WHERE place = new.place;

    UPDATE rated SET expected = 1.0 / (1.0 + pow(10.0, (black_mean - red_mean) / 400000.0))
    WHERE place = new.place;

    UPDATE rated SET
        red_change = CAST(round(1000.0 * (score - expected)
            * CASE WHEN score >= expected THEN k_up ELSE k_down END) AS INTEGER),
        black_change = CAST(round(1000.0 * (expected - score)
            * CASE WHEN expected >= score THEN k_up ELSE k_down END) AS INTEGER)
    WHERE place = new.place;

    UPDATE rating SET
        red = red + (SELECT red_change FROM rated WHERE place = new.place)
            * (SELECT seats FROM sat WHERE game = new.game AND sat.red = 1 AND sat.player = rating.player)
    WHERE player IN (SELECT player FROM sat WHERE game = new.game AND sat.red = 1);

    UPDATE rating SET
        black = black + (SELECT black_change FROM rated WHERE place = new.place)
            * (SELECT seats FROM sat WHERE game = new.game AND sat.red = 0 AND sat.player = rating.player)
    WHERE player IN (SELECT player FROM sat WHERE game = new.game AND sat.red = 0);
END;

INSERT INTO rated (game, score, k_up, k_down)
SELECT
    games.n,
    CASE games.winner WHEN 'town' THEN 1.0 WHEN 'mafia' THEN 0.0 ELSE 0.5 END,
    CASE WHEN games.tournament IS NULL THEN 4.0 ELSE 16.0 END
        * CASE WHEN (SELECT count(*) FROM main.seats WHERE seats.game = games.n) < 10 THEN 0.5 ELSE 1.0 END,
    CASE WHEN games.tournament IS NULL THEN 3.0 ELSE 12.0 END
        * CASE WHEN (SELECT count(*) FROM main.seats WHERE seats.game = games.n) < 10 THEN 0.5 ELSE 1.0 END
FROM main.games
WHERE games.n IN (SELECT game FROM sat)
ORDER BY games.date, games.game_no, games.id;

-- The mean, half up: (2 * total + n) / (2 * n), rounded down also below nought. Of those who played
-- here the local rating; the Elo that sources bring only where nobody did.
INSERT INTO recount
SELECT 'rating', json_object('kind', kind, 'mean_milli', (a - ((a % b) + b) % b) / b, 'n', n)
FROM (
    SELECT 'local' AS kind, 2 * sum(1000000 + red + black) + count(*) AS a, 2 * count(*) AS b, count(*) AS n
    FROM rating
    UNION ALL
    SELECT 'elo', 2 * sum(elo_milli) + count(*), 2 * count(*), count(*)
    FROM main.players
    WHERE elo_milli IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rating)
)
WHERE n > 0;
