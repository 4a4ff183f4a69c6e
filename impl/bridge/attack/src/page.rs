//! A page with sequence diagrams side by side: self-contained HTML, inline SVG,
//! no script, fit for print.

use core::fmt::Write as _;

use crate::scene::{ATTACKER, Scene};

/// One diagram.
#[derive(Clone, Debug)]
pub struct Panel {
    pub title: String,
    /// How it ended, in a line.
    pub verdict: String,
    /// Whether that is how it should end.
    pub good: bool,
    pub scenes: Vec<Scene>,
}

/// From lane to lane.
const LANE: usize = 160;
/// From the edge to the first lane: half a note and some air.
const MARGIN: usize = 112;
const TOP: usize = 44;
const STEP: usize = 40;
/// Width of a note.
const NOTE: usize = 216;
/// Letters in a line of a note.
const WIDTH: usize = 34;
/// Letters in a line over an arrow from one lane to the next.
const LABEL: usize = 25;
const LINE: usize = 15;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:110rem;padding:0 1.5rem;\
color:#1a1a1a;background:#fff}\
h1{font-size:1.5rem;margin:0 0 .4rem}h2{font-size:1.05rem;margin:0}\
p{max-width:60rem;margin:.4rem 0}dl{display:grid;grid-template-columns:max-content auto;gap:.1rem 1rem;margin:.8rem 0}\
dt{color:#555}dd{margin:0}code{font-family:ui-monospace,monospace;font-size:.9em}\
.panels{display:flex;flex-wrap:wrap;gap:2rem;align-items:flex-start;margin-top:1.2rem}\
figure{margin:0;max-width:100%}figcaption{margin-bottom:.4rem}\
.verdict{margin:0;font-weight:600}.good{color:#0a6b3d}.bad{color:#a11212}\
svg{max-width:100%;height:auto;display:block}\
text{font:12px system-ui,sans-serif;fill:#1a1a1a}.name{font-weight:600;text-anchor:middle}\
.what{text-anchor:middle}.label{text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}.line{stroke:#b5b5b5;stroke-width:1;stroke-dasharray:3 3}\
.arrow{stroke:#333;stroke-width:1.4;fill:none}.theirs{stroke:#a11212}\
.box{fill:#f4f4f4;stroke:#8a8a8a}.evil{fill:#fbecec;stroke:#a11212}\
.note{fill:#fffbe8;stroke:#cbb86a}.no{fill:#e9f6ee;stroke:#0a6b3d}.yes{fill:#fbecec;stroke:#a11212}\
@media print{body{margin:0;max-width:none;font-size:11px}h1{font-size:16px}h2{font-size:12px}\
.panels{gap:.6rem;flex-wrap:nowrap;margin-top:.4rem}figure{min-width:0;break-inside:avoid}\
svg{max-height:122mm}@page{size:A4 landscape;margin:10mm}\
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// The page: what the attack is, then its diagrams.
pub fn render(title: &str, says: &str, facts: &[(&str, String)], panels: &[Panel]) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    let _ = write!(
        out,
        "<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p>{1}</p>\n<dl>\n",
        escape(title),
        escape(says)
    );
    for (name, value) in facts {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
    }
    out.push_str("</dl>\n<div class=\"panels\">\n");
    for panel in panels {
        let class = if panel.good { "good" } else { "bad" };
        let width = breadth(lanes(&panel.scenes).len());
        let _ = write!(
            out,
            "<figure style=\"flex:1 1 {}px;max-width:{width}px\">\n<figcaption><h2>{}</h2><p class=\"verdict {class}\">{}</p></figcaption>\n{}</figure>\n",
            width * 3 / 4,
            escape(&panel.title),
            escape(&panel.verdict),
            diagram(&panel.title, &panel.scenes)
        );
    }
    out.push_str("</div>\n</body>\n</html>\n");
    out
}

/// Lanes in order: the client, the attacker between, the rest.
fn lanes(scenes: &[Scene]) -> Vec<&str> {
    let mut lanes: Vec<&str> = Vec::new();
    for scene in scenes {
        let named: &[&String] = match scene {
            Scene::Arrow { from, to, .. } => &[from, to],
            Scene::Accepts { who, .. } | Scene::Note { who, .. } | Scene::Refuses { who, .. } => {
                &[who]
            }
        };
        for name in named {
            if !lanes.contains(&name.as_str()) {
                lanes.push(name);
            }
        }
    }
    let order = |name: &str| match name {
        name if name.starts_with("client") => 0,
        ATTACKER => 1,
        name if name.starts_with("server") => 2,
        _ => 3,
    };
    lanes.sort_by_key(|name| (order(name), name.len(), name.to_string()));
    lanes
}

/// Of a diagram with so many lanes.
fn breadth(lanes: usize) -> usize {
    2 * MARGIN + lanes.saturating_sub(1) * LANE
}

fn diagram(title: &str, scenes: &[Scene]) -> String {
    let lanes = lanes(scenes);
    let place = |name: &str| {
        let lane = lanes.iter().position(|it| *it == name).unwrap_or(0);
        MARGIN + lane * LANE
    };
    let mut body = String::new();
    let mut y = TOP + 30;
    for scene in scenes {
        match scene {
            Scene::Arrow { from, to, what } => {
                let (from_x, to_x) = (place(from), place(to));
                let apart = (from_x.abs_diff(to_x) / LANE).max(1);
                let lines = wrapped(what, LABEL * apart);
                y += STEP - 12 + (lines.len() - 1) * LINE;
                arrow(&mut body, from_x, to_x, y, &lines, from == ATTACKER);
                y += 12;
            }
            Scene::Note { who, what } => y = note(&mut body, place(who), y, what, "note"),
            Scene::Accepts { who, what } => y = note(&mut body, place(who), y, what, "yes"),
            Scene::Refuses { who, what } => y = note(&mut body, place(who), y, what, "no"),
        }
    }
    let width = breadth(lanes.len());
    let height = y + 24;
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"{}\">\n",
        escape(title)
    );
    for name in &lanes {
        let (x, class) = (place(name), if *name == ATTACKER { "evil" } else { "box" });
        let _ = write!(
            out,
            "<line class=\"line\" x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{}\"/>\n\
             <rect class=\"{class}\" x=\"{}\" y=\"16\" width=\"130\" height=\"28\" rx=\"4\"/>\n\
             <text class=\"name\" x=\"{x}\" y=\"35\">{}</text>\n",
            height - 8,
            x - 65,
            escape(name)
        );
    }
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}

fn arrow(out: &mut String, from: usize, to: usize, y: usize, lines: &[String], theirs: bool) {
    let class = if theirs { "arrow theirs" } else { "arrow" };
    let (head, inner) = if to >= from {
        (to - 8, to.saturating_sub(2))
    } else {
        (to + 8, to + 2)
    };
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{from} {y}H{inner}M{head} {}L{inner} {y}L{head} {}\"/>",
        y - 4,
        y + 4,
    );
    for (i, line) in lines.iter().rev().enumerate() {
        let _ = writeln!(
            out,
            "<text class=\"label\" x=\"{}\" y=\"{}\">{}</text>",
            (from + to) / 2,
            y - 6 - i * LINE,
            escape(line)
        );
    }
}

/// A box over a lane; returns where the next thing goes.
fn note(out: &mut String, x: usize, y: usize, what: &str, class: &str) -> usize {
    let lines = wrapped(what, WIDTH);
    let height = 10 + LINE * lines.len();
    let top = y + 10;
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{top}\" width=\"{NOTE}\" height=\"{height}\" rx=\"3\"/>",
        x - NOTE / 2
    );
    for (i, line) in lines.iter().enumerate() {
        let _ = writeln!(
            out,
            "<text class=\"what\" x=\"{x}\" y=\"{}\">{}</text>",
            top + 16 + i * LINE,
            escape(line)
        );
    }
    top + height + 2
}

/// Lines of at most `width` letters; long numbers are cut, and words that are
/// longer than a line have one to themselves.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word = match word.char_indices().nth(16) {
            Some((cut, _)) if word.chars().all(|c| c.is_ascii_hexdigit() || c == ',') => {
                format!("{}…", &word[..cut])
            }
            _ => word.to_owned(),
        };
        let long = lines.last().map_or(0, |line| line.chars().count());
        if long > 0 && long + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stand_alone_and_escape_what_they_show() {
        let panel = Panel {
            title: "a < b".to_owned(),
            verdict: "\"so\"".to_owned(),
            good: true,
            scenes: vec![
                Scene::Arrow {
                    from: "client".to_owned(),
                    to: ATTACKER.to_owned(),
                    what: "<script>".to_owned(),
                },
                Scene::Note {
                    who: ATTACKER.to_owned(),
                    what: "a".repeat(200),
                },
            ],
        };
        let page = render("t", "s", &[("k", "v".to_owned())], &[panel]);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
        assert!(!page.contains("http") && page.contains("<svg"));
        assert!(page.ends_with("</html>\n"));
    }

    #[test]
    fn lines_are_short_and_lose_no_word() {
        let text = "the Evidence is bound to another channel or request and so on and on";
        let lines = wrapped(text, WIDTH);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH));
        assert_eq!(lines.join(" "), text);
    }
}
