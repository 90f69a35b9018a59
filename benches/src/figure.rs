//! One figure with its target.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use serde_json::json;

/// Whether a larger or a smaller value is the better one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// For comparison only.
    None,
}

/// Prints figures as they are measured.
#[derive(Debug)]
pub(crate) struct Figures {
    name: Option<String>,
    json: bool,
    machine: String,
}

impl Figures {
    pub(crate) fn new(name: Option<String>, json: bool) -> Self {
        Self { name, json, machine: machine() }
    }

    /// Whether a figure of this name was asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|wanted| name.contains(wanted) || wanted.contains(name))
    }

    pub(crate) fn print(&self, name: &str, value: f64, unit: &str, target: Target) -> std::io::Result<()> {
        let (wanted, met) = match target {
            Target::AtLeast(least) => (Some(least), Some(value >= least)),
            Target::AtMost(most) => (Some(most), Some(value <= most)),
            Target::None => (None, None),
        };
        let rounded = (value * 1000.0).round() / 1000.0;
        let mut out = std::io::stdout().lock();
        if self.json {
            let machine = &self.machine;
            let line = json!({"name": name, "value": rounded, "unit": unit, "target": wanted, "met": met, "machine": machine});
            return writeln!(out, "{line}");
        }
        let verdict = match (target, met) {
            (Target::AtLeast(least), Some(met)) => {
                format!("at least {least}: {}", if met { "met" } else { "missed" })
            }
            (Target::AtMost(most), Some(met)) => {
                format!("at most {most}: {}", if met { "met" } else { "missed" })
            }
            (Target::AtLeast(_) | Target::AtMost(_) | Target::None, _) => "for comparison".to_owned(),
        };
        writeln!(out, "{name}: {rounded} {unit} ({verdict})")
    }
}

/// The middle of some durations, in milliseconds.
pub(crate) fn median_ms(mut samples: Vec<Duration>) -> f64 {
    samples.sort_unstable();
    samples.get(samples.len() / 2).map_or(f64::NAN, |middle| middle.as_secs_f64() * 1e3)
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZeroUsize::get);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    format!("{cores} cores, {}", model.trim_start_matches([' ', '\t', ':']))
}
