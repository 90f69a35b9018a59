//! What of each table can be read from outside. Of a running game nothing that gives roles away.

use mafia::tables::{ROLES, STATUSES, TOURNAMENT_KINDS, TOURNAMENT_STATUSES, WINNERS};
use realtime_protocol::filter::{self, Kind};

/// One column: its name outside and what it is in SQL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) told: filter::Column,
    pub(super) sql: &'static str,
}

/// One table: its name outside, where its rows come from, and the columns by which they are ordered.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) from: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) key: &'static [&'static str],
}

const fn column(name: &'static str, sql: &'static str, kind: Kind) -> Column {
    Column { told: filter::Column { name, kind }, sql }
}

const fn text(name: &'static str) -> Column {
    column(name, name, Kind::Text)
}

const fn integer(name: &'static str) -> Column {
    column(name, name, Kind::Integer)
}

/// All tables, by name.
pub(super) const TABLES: [Table; 9] =
    [CLUBS, DISAGREEMENTS, GAMES, IMPORTS, PLAYER_YEARS, PLAYERS, SEATS, TOURNAMENT_ALIASES, TOURNAMENTS];

const CLUBS: Table = Table {
    name: "clubs",
    from: "clubs",
    columns: &[
        text("source"),
        text("id"),
        text("title"),
        text("country"),
        text("city"),
        integer("elo_average_milli"),
        integer("score_milli"),
    ],
    key: &["source", "id"],
};

const DISAGREEMENTS: Table = Table {
    name: "disagreements",
    from: "disagreements",
    columns: &[text("tournament"), text("game"), text("source"), text("field"), text("kept"), text("told")],
    key: &["tournament", "game", "source", "field"],
};

const GAMES: Table = Table {
    name: "games",
    from: "games",
    columns: &[
        text("id"),
        text("source"),
        text("tournament"),
        text("tournament_id"),
        text("tournament_row"),
        integer("season"),
        integer("round"),
        integer("game_no"),
        column("table", "\"table\"", Kind::Integer),
        column("date", "date", Kind::Day),
        text("time"),
        text("referee"),
        column("rated", "rated", Kind::Truth),
        column("winner", "CASE status WHEN 'finished' THEN winner END", WINNERS),
        column("status", "status", STATUSES),
        integer("first_killed_night"),
        integer("first_killed_day"),
        column("flags", "flags", Kind::Opaque),
        column("corrected", "corrected", Kind::Truth),
        integer("import_id"),
        column("offset", "\"offset\"", Kind::Integer),
    ],
    key: &["id"],
};

const IMPORTS: Table = Table {
    name: "imports",
    from: "imports",
    columns: &[integer("id"), text("name"), integer("games"), column("offset", "\"offset\"", Kind::Integer)],
    key: &["id"],
};

const PLAYER_YEARS: Table = Table {
    name: "player_years",
    from: "player_years",
    columns: &[
        text("source"),
        text("player"),
        integer("year"),
        text("name"),
        text("region"),
        integer("civilian_games"),
        integer("civilian_win_percent"),
        integer("civilian_wins_min"),
        integer("civilian_wins_max"),
        integer("civilian_extra_milli"),
        integer("sheriff_games"),
        integer("sheriff_win_percent"),
        integer("sheriff_wins_min"),
        integer("sheriff_wins_max"),
        integer("sheriff_extra_milli"),
        integer("mafia_games"),
        integer("mafia_win_percent"),
        integer("mafia_wins_min"),
        integer("mafia_wins_max"),
        integer("mafia_extra_milli"),
        integer("don_games"),
        integer("don_win_percent"),
        integer("don_wins_min"),
        integer("don_wins_max"),
        integer("don_extra_milli"),
        integer("extra_per_ten_milli"),
    ],
    key: &["source", "player", "year"],
};

const PLAYERS: Table = Table {
    name: "players",
    from: "players",
    columns: &[
        integer("id"),
        text("source"),
        text("key"),
        text("name"),
        integer("elo_milli"),
        text("region"),
        text("club"),
    ],
    key: &["id"],
};

/// A column of a seat that is told only when the game is over.
macro_rules! over {
    ($name:literal, $kind:expr) => {
        column($name, concat!("CASE games.status WHEN 'finished' THEN seats.", $name, " END"), $kind)
    };
}

const SEATS: Table = Table {
    name: "seats",
    from: "games JOIN seats ON seats.game = games.n",
    columns: &[
        column("game", "games.id", Kind::Text),
        column("seat", "seats.seat", Kind::Integer),
        column("player", "seats.player", Kind::Integer),
        column("name", "seats.name", Kind::Text),
        column("player_id", "seats.player_id", Kind::Text),
        over!("role", ROLES),
        over!("won", Kind::Truth),
        column("fouls", "seats.fouls", Kind::Integer),
        over!("win_points", Kind::Integer),
        over!("extra_points", Kind::Integer),
        over!("best_move_points", Kind::Integer),
        over!("ci", Kind::Integer),
        over!("fine", Kind::Integer),
        over!("tech_fine", Kind::Integer),
        over!("auto_points", Kind::Integer),
        over!("total", Kind::Integer),
    ],
    key: &["game", "seat"],
};

const TOURNAMENT_ALIASES: Table = Table {
    name: "tournament_aliases",
    from: "tournament_aliases",
    columns: &[
        text("source"),
        text("key"),
        text("tournament"),
        column("automatic", "automatic", Kind::Truth),
    ],
    key: &["source", "key"],
};

const TOURNAMENTS: Table = Table {
    name: "tournaments",
    from: "tournaments",
    columns: &[
        text("id"),
        text("source"),
        text("title"),
        column("status", "status", TOURNAMENT_STATUSES),
        text("status_word"),
        column("type", "kind", TOURNAMENT_KINDS),
        column("start", "start", Kind::Day),
        column("end", "\"end\"", Kind::Day),
        integer("planned_rounds"),
        text("country"),
        text("city"),
        integer("stars"),
        integer("elo_average_milli"),
        column("offset", "\"offset\"", Kind::Integer),
    ],
    key: &["id"],
};
