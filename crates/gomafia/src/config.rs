//! `serve --config FILE`: settings from a file, below the command line and the environment.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Error, FromArgMatches as _};
use toml::{Table, Value};

use crate::cli::{Cli, Command};

const SERVE: &str = "serve";

/// Reads the command line. The settings of `serve --config FILE` take the place of the defaults.
///
/// # Errors
/// What the command line or the file has wrong, as it is to be printed.
pub(crate) fn cli(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = parse(Cli::command(), &args)?;
    let Command::Serve(options) = &cli.command else { return Ok(cli) };
    match &options.config {
        Some(path) => parse(with_defaults(&read(path)?, path)?, &args),
        None => Ok(cli),
    }
}

fn parse(command: clap::Command, args: &[OsString]) -> Result<Cli, Error> {
    Cli::from_arg_matches(&command.try_get_matches_from(args)?)
}

fn read(path: &Path) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| refused(path, &error.to_string()))?;
    text.parse().map_err(|error: toml::de::Error| refused(path, &error.to_string()))
}

fn refused(path: &Path, why: &str) -> Error {
    Cli::command().error(ErrorKind::InvalidValue, format!("the settings in {}: {why}", path.display()))
}

/// The commands, with the file's values in place of the defaults of `serve`.
fn with_defaults(settings: &Table, path: &Path) -> Result<clap::Command, Error> {
    let serve = Cli::command();
    let serve = serve.find_subcommand(SERVE).cloned().unwrap_or_default();
    let names: Vec<&str> = serve.get_arguments().filter_map(clap::Arg::get_long).collect();
    let mut command = Cli::command();
    for (name, value) in settings {
        if !names.contains(&name.as_str()) || name == "config" {
            let known: Vec<&str> = names.into_iter().filter(|name| *name != "config").collect();
            let advice = format!(
                "there is no setting {name}; there are {}. Secrets stand in GOMAFIA_INGEST_KEY or \
                 GOMAFIA_INGEST_KEY_FILE only",
                known.join(", ")
            );
            return Err(refused(path, &advice));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
                return Err(refused(path, &format!("{name} is a text, a whole number, true or false")));
            }
        };
        let id = name.replace('-', "_");
        command = command.mut_subcommand(SERVE, |serve| serve.mut_arg(id, |arg| arg.default_value(text)));
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ServeOptions;

    fn serve(text: &str, flags: &[&str]) -> Result<ServeOptions, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gomafia.toml");
        std::fs::write(&path, text).unwrap();
        let fixed = ["gomafia", SERVE, "--config"].map(OsString::from);
        let args = fixed.into_iter().chain([path.into_os_string()]).chain(flags.iter().map(OsString::from));
        match cli(args).map_err(|error| error.to_string())?.command {
            Command::Serve(options) => Ok(options),
            _ => panic!("another command"),
        }
    }

    #[test]
    fn a_file_stands_above_the_defaults_and_below_the_flags() {
        let text =
            "listen = \"127.0.0.1:9\"\ntime-zone = \"Asia/Almaty\"\nretention-commits = 5000\ndemo = true";
        let options = serve(text, &["--listen", "127.0.0.1:10"]).unwrap();
        assert_eq!(options.listen.port(), 10);
        assert_eq!(options.time_zone.iana_name(), Some("Asia/Almaty"));
        assert_eq!((options.retention_commits, options.demo), (5000, true));
        assert_eq!(options.database, None);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        for (text, said) in [
            ("port = 7", "there is no setting port; there are database, listen,"),
            ("ingest-key = \"k\"", "GOMAFIA_INGEST_KEY_FILE only"),
            ("listen = [1]", "listen is a text"),
            ("listen = \"here\"", "invalid value 'here'"),
            ("time-zone = \"Mars\"", "names look like"),
            ("listen", "gomafia.toml"),
        ] {
            let error = serve(text, &[]).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let error = cli(["gomafia", SERVE, "--config", "/nowhere/x.toml"].map(OsString::from)).unwrap_err();
        assert!(error.to_string().contains("/nowhere/x.toml"), "{error}");
    }
}
