//! What a process has used, as Linux tells it.

/// CPU time and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Seconds of CPU, in user and kernel mode.
    pub cpu: f64,
    /// Largest resident set so far, in MiB.
    pub memory: f64,
}

/// Clock ticks per second in `stat`; the same on every architecture Linux
/// gives programs to see (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Reads `/proc/PID/stat` and `/proc/PID/status` (proc(5)): fields 14 and 15 of
/// the one, counted behind the command in parentheses, and `VmHWM` of the other.
#[must_use]
pub fn usage(stat: &str, status: &str) -> Option<Usage> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    let cpu = (f64::from(ticks()?) + f64::from(ticks()?)) / TICKS;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u32 = line.split_whitespace().next()?.parse().ok()?;
    let memory = f64::from(kib) / 1024.0;
    Some(Usage { cpu, memory })
}

#[cfg(test)]
mod tests {
    use super::usage;

    #[test]
    fn reads_ticks_and_high_water_mark() {
        let stat = "12 (a (b) c) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0";
        let status = "Name:\tx\nVmPeak:\t  9999 kB\nVmHWM:\t  2048 kB\n";
        let found = usage(stat, status).expect("well formed");
        assert!((found.cpu - 3.0).abs() < 1e-9 && (found.memory - 2.0).abs() < 1e-9);
        assert_eq!(usage(stat, "Name: x\n"), None);
        assert_eq!(usage("12 x", status), None);
    }
}
