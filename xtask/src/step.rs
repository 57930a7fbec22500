//! The lines on the screen: one for each step, with its time.

use std::cell::Cell;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a live line is drawn again.
const REDRAW: Duration = Duration::from_millis(100);
/// After this long a step that is still going on is named even where no line can be drawn again.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is said there how far a step is.
const REPORT: Duration = Duration::from_secs(30);

/// A colour of the terminal.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Green,
    Red,
    Yellow,
    Dim,
    Bold,
}

/// Whether standard output is a terminal, so that lines can be drawn again.
pub(crate) fn on_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether colour is wanted (<https://no-color.org>).
pub(crate) fn coloured() -> bool {
    on_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// `text` in `colour`, where colour is wanted.
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    if !coloured() {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Green => 32,
        Colour::Red => 31,
        Colour::Yellow => 33,
        Colour::Dim => 2,
        Colour::Bold => 1,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A duration as people read it: `0.4 s`, `38 s`, `2 min 10 s`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// A remark below a step.
pub(crate) fn note(text: &str) {
    let clear = if on_terminal() { "\r\u{1b}[2K" } else { "" };
    println!("{clear}  {}", paint(Colour::Yellow, text));
}

/// One step in progress. Dropped without [`Line::done`], it is shown as failed.
pub(crate) struct Line {
    name: String,
    began: Instant,
    drawn: Cell<Instant>,
    announced: Cell<bool>,
    /// How far it is, and when that was last said where no line can be drawn again.
    progress: String,
    reported: Instant,
    live: bool,
    finished: bool,
}

impl Line {
    /// A step whose own output is not shown: a single line that counts the seconds.
    pub(crate) fn start(name: &str) -> Self {
        let now = Instant::now();
        let line = Self {
            name: name.to_owned(),
            began: now,
            drawn: Cell::new(now),
            announced: Cell::new(false),
            progress: String::new(),
            reported: now,
            live: on_terminal(),
            finished: false,
        };
        line.draw();
        line
    }

    /// A step whose output runs over the screen, as a build's does.
    pub(crate) fn start_streaming(name: &str) -> Self {
        println!("{} {name}", paint(Colour::Dim, "→"));
        let now = Instant::now();
        Self {
            name: name.to_owned(),
            began: now,
            drawn: Cell::new(now),
            announced: Cell::new(true),
            progress: String::new(),
            reported: now,
            live: false,
            finished: false,
        }
    }

    /// Shows that time passes; to be called while waiting.
    pub(crate) fn tick(&self) {
        if self.live && self.drawn.get().elapsed() >= REDRAW {
            self.draw();
        } else if !self.announced.get() && self.began.elapsed() >= PATIENCE {
            self.announced.set(true);
            if !self.live {
                println!("· {} …", self.name);
            }
        }
    }

    /// Says how far the step is.
    pub(crate) fn progress(&mut self, text: &str) {
        text.clone_into(&mut self.progress);
        if !self.live && !text.is_empty() && self.reported.elapsed() >= REPORT {
            self.reported = Instant::now();
            println!("· {}: {text}  {}", self.name, human(self.began.elapsed()));
        }
    }

    /// Ends the step well; `text` says what is now true.
    pub(crate) fn done(mut self, text: &str) {
        self.end(&paint(Colour::Green, "✓"), text);
    }

    /// Ends the step as failed, where work goes on after it.
    pub(crate) fn failed(mut self, text: &str) {
        self.end(&paint(Colour::Red, "✗"), text);
    }

    fn draw(&self) {
        if self.live {
            self.drawn.set(Instant::now());
            let elapsed = self.began.elapsed();
            let time =
                if elapsed >= Duration::from_secs(1) { format!("  {} s", elapsed.as_secs()) } else { String::new() };
            let far = if self.progress.is_empty() { String::new() } else { format!("  {}", self.progress) };
            print!("\r\u{1b}[2K{} {} …{}", paint(Colour::Dim, "·"), self.name, paint(Colour::Dim, &(far + &time)));
            flush();
        }
    }

    fn end(&mut self, mark: &str, text: &str) {
        self.finished = true;
        let clear = if self.live { "\r\u{1b}[2K" } else { "" };
        let time = paint(Colour::Dim, &human(self.began.elapsed()));
        println!("{clear}{mark} {text}  {time}");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.finished {
            let name = self.name.clone();
            self.end(&paint(Colour::Red, "✗"), &name);
        }
    }
}

/// Pushes out a line that has no end yet. A closed screen is no reason to stop the work.
fn flush() {
    let _ = io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(440)), "0.4 s");
        assert_eq!(human(Duration::from_secs(38)), "38 s");
        assert_eq!(human(Duration::from_secs(130)), "2 min 10 s");
    }
}
