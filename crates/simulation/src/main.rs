//! Runs seeds and says how each ended: `simulation [FIRST [COUNT]]`.

use std::io::Write;
use std::process::ExitCode;

use simulation::simulate;

fn main() -> std::io::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(first), Ok(count)) = (arguments.next().unwrap_or(Ok(1)), arguments.next().unwrap_or(Ok(1)))
    else {
        writeln!(std::io::stderr(), "usage: simulation [FIRST [COUNT]]")?;
        return Ok(ExitCode::from(2));
    };
    let mut out = std::io::stdout().lock();
    let mut is_ok = true;
    for seed in first..first.saturating_add(count) {
        let outcome = simulate(seed);
        is_ok &= outcome.broken.is_none();
        writeln!(out, "seed {seed} {outcome}")?;
    }
    Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
