-- The view "activity" from the tables alone: the last hundred entries by the commit that touched them.

CREATE TEMP TABLE recount (key TEXT PRIMARY KEY, value TEXT NOT NULL);

INSERT INTO recount
SELECT key, value
FROM (
    SELECT
        'game:' || id AS key,
        "offset",
        json_object(
            'kind', 'game',
            'id', id,
            'offset', "offset",
            -- Times of this one source are those of a page, not of play.
            'at', CASE
                WHEN date IS NULL OR time IS NULL OR substr(source, 1, 14) = 'mafiauniverse/' THEN date
                ELSE utc(date, substr(time, 1, 8)) END,
            'title',
                coalesce(tournament, source)
                || CASE WHEN tournament IS NULL THEN coalesce(' · season ' || season, '') ELSE '' END
                || coalesce(' · #' || coalesce(round, game_no), '')
                || coalesce(' · table ' || "table", ''),
            'winner', CASE status WHEN 'finished' THEN winner END,
            'status', status,
            'players', (SELECT count(*) FROM main.seats WHERE seats.game = games.n),
            'corrected', json(CASE corrected WHEN 0 THEN 'false' ELSE 'true' END)
        ) AS value
    FROM main.games
    WHERE import_id IS NULL OR corrected <> 0
    UNION ALL
    SELECT
        'tournament:' || id,
        "offset",
        json_object(
            'kind', 'tournament', 'id', id, 'offset', "offset", 'at', start, 'title', title, 'status', status)
    FROM main.tournaments
    WHERE "offset" IS NOT NULL
    UNION ALL
    SELECT
        'import:' || id,
        "offset",
        json_object(
            'kind', 'import', 'id', id, 'offset', "offset", 'at', NULL, 'title', name, 'games', games)
    FROM main.imports
    ORDER BY 2 DESC, 1
    LIMIT 100
);
