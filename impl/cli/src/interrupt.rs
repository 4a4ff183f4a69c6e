//! When to stop waiting for an answer: a time, an amount of memory, or Ctrl-C.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Set by the first Ctrl-C; the second one ends the process at once.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long the work in hand may take to end after the first Ctrl-C. Some steps, such
/// as a translation, do not ask whether they should.
const GRACE: Duration = Duration::from_secs(2);

/// What to print before the process ends from here.
static LAST_WORDS: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// Has something done before Ctrl-C ends the process in the middle of a step.
pub(crate) fn before_the_end(act: impl FnOnce() + Send + 'static) {
    if let Ok(mut words) = LAST_WORDS.lock() {
        *words = Some(Box::new(act));
    }
}

fn end() -> ! {
    // If somebody holds it, it is being said already.
    if let Some(words) = LAST_WORDS
        .try_lock()
        .ok()
        .and_then(|mut words| words.take())
    {
        words();
    }
    std::process::exit(130);
}

/// Lets Ctrl-C end the work in hand, so that what is known can be printed.
pub(crate) fn listen() {
    // Without a handler Ctrl-C ends the process, which is a way to stop too.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            end();
        }
        std::thread::spawn(|| {
            std::thread::sleep(GRACE);
            eprintln!("interrupted by Ctrl-C in the middle of a step; nothing more is known");
            end();
        });
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Limits on one query.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    until: Option<Instant>,
    /// In MiB, for the whole process.
    memory: Option<u64>,
    looked: Cell<Option<Instant>>,
    exceeded: Cell<bool>,
}

impl Patience {
    /// Over after this many seconds; never without a number.
    pub(crate) fn new(seconds: Option<u64>) -> Self {
        Self {
            until: seconds.and_then(|s| Instant::now().checked_add(Duration::from_secs(s))),
            memory: None,
            looked: Cell::new(None),
            exceeded: Cell::new(false),
        }
    }

    /// Over when the process holds more than this many MiB; where the system
    /// does not say how much it holds, never.
    pub(crate) fn within(mut self, memory: Option<u64>) -> Self {
        self.memory = memory;
        self
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        interrupted()
            || self.until.is_some_and(|until| Instant::now() >= until)
            || self.is_too_large()
    }

    /// Why it is over, if it is.
    pub(crate) fn reason(&self) -> Option<String> {
        if interrupted() {
            Some("interrupted by Ctrl-C".to_owned())
        } else if let (true, Some(memory)) = (self.exceeded.get(), self.memory) {
            Some(format!("more than {memory} MiB of memory (--memory)"))
        } else if self.until.is_some_and(|until| Instant::now() >= until) {
            Some("the time for one query is over (--timeout)".to_owned())
        } else {
            None
        }
    }

    fn is_too_large(&self) -> bool {
        let Some(memory) = self.memory else {
            return false;
        };
        let now = Instant::now();
        let due = self
            .looked
            .get()
            .is_none_or(|last| now.duration_since(last) >= LOOK);
        if due {
            self.looked.set(Some(now));
            let held = std::fs::read_to_string("/proc/self/status")
                .ok()
                .and_then(|status| resident(&status));
            self.exceeded.set(held.is_some_and(|held| held > memory));
        }
        self.exceeded.get()
    }
}

/// MiB in memory, from the text of `/proc/self/status` (proc(5), `VmRSS`).
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::{Patience, resident};

    #[test]
    fn each_limit_says_which_it_is() {
        assert_eq!(resident("VmPeak: 1 kB\nVmRSS:\t 4096 kB\n"), Some(4));
        let none = Patience::new(None).within(None);
        assert!(!none.is_over() && none.reason().is_none());
        let time = Patience::new(Some(0));
        assert!(time.is_over() && time.reason().is_some_and(|r| r.contains("--timeout")));
        let memory = Patience::new(None).within(Some(0));
        if cfg!(target_os = "linux") {
            assert!(memory.is_over() && memory.reason().is_some_and(|r| r.contains("--memory")));
        }
    }
}
