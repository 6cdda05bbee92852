use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::texts::Lang;
use crate::ui::app::Event;
use crate::ui::fixtures::{self, Moment, PLAIN, View};

const WIDE: View = View {
    size: (120, 36),
    lang: Lang::Fr,
    look: PLAIN,
};
const TABS: View = View { size: (80, 24), ..WIDE };
const NOW: Duration = Duration::from_secs(60);

fn event(app: &mut App, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    let event = MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    app.update(Event::Mouse(event), NOW)
}

fn click(app: &mut App, at: (u16, u16)) -> Vec<Effect> {
    event(app, MouseEventKind::Down(MouseButton::Left), at)
}

fn press(app: &mut App, code: KeyCode) {
    app.update(Event::Key(KeyEvent::from(code)), NOW);
}

#[test]
fn a_click_gives_the_keys_to_the_panel_under_it() {
    let mut app = fixtures::app(Moment::Placed, WIDE);
    for (at, panel) in [
        ((5, 5), Panel::Step),
        ((80, 5), Panel::Topology),
        ((20, 22), Panel::Timeline),
        ((20, 30), Panel::Console),
        ((119, 25), Panel::Console),
    ] {
        assert!(click(&mut app, at).is_empty());
        assert_eq!(app.focus, panel, "{at:?}");
        assert_eq!(app.passing, panel == Panel::Console);
    }
    for nowhere in [(5, 0), (5, 35), (500, 500)] {
        click(&mut app, nowhere);
        assert_eq!(app.focus, Panel::Console, "{nowhere:?}");
    }
    event(&mut app, MouseEventKind::Down(MouseButton::Right), (5, 5));
    event(&mut app, MouseEventKind::Up(MouseButton::Left), (5, 5));
    assert_eq!(app.focus, Panel::Console, "only a click of the left button");
}

#[test]
fn a_click_opens_a_tab() {
    let mut app = fixtures::app(Moment::Placed, TABS);
    let tabs = fixtures::text(&fixtures::cells(&app, TABS.size));
    let line: Vec<char> = tabs.lines().nth(1).unwrap().chars().collect();
    let column = |word: &str| {
        line.iter()
            .collect::<String>()
            .split(word)
            .next()
            .unwrap()
            .chars()
            .count()
    };
    for (word, panel) in [
        ("Topologie", Panel::Topology),
        ("Chronologie", Panel::Timeline),
        ("Consigne", Panel::Step),
    ] {
        click(&mut app, (u16::try_from(column(word)).unwrap(), 1));
        assert_eq!((app.tab, app.focus), (panel, panel));
    }
    click(&mut app, (78, 1));
    assert_eq!(app.tab, Panel::Step, "beside the tabs");
    click(&mut app, (20, 20));
    assert_eq!((app.tab, app.focus), (Panel::Step, Panel::Console));
    click(&mut app, (20, 8));
    assert_eq!(app.focus, Panel::Step, "the panel that is shown");
}

#[test]
fn a_click_chooses_a_step_and_beside_the_list_closes_it() {
    let mut app = fixtures::app(Moment::Placed, WIDE);
    press(&mut app, KeyCode::F(6));
    press(&mut app, KeyCode::Char('l'));
    let shown = fixtures::text(&fixtures::cells(&app, WIDE.size));
    let row = shown
        .lines()
        .position(|line| line.contains("1  Créer un réseau"))
        .unwrap();
    click(&mut app, (60, u16::try_from(row).unwrap()));
    assert_eq!((app.overlay, app.chosen), (Some(Overlay::Steps), 0));
    event(&mut app, MouseEventKind::ScrollDown, (60, 5));
    assert_eq!(app.chosen, 1);
    click(&mut app, (0, 0));
    assert_eq!(app.overlay, None);
}

#[test]
fn nothing_is_run_by_a_click() {
    let mut app = fixtures::app(Moment::Placed, WIDE);
    press(&mut app, KeyCode::F(9));
    for y in 0..36 {
        assert!(click(&mut app, (60, y)).is_empty());
    }
    assert_eq!(app.overlay, None);
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut app = fixtures::app(Moment::Empty, WIDE);
    for n in 0..40 {
        app.update(Event::Output(format!("line {n}\r\n").into_bytes()), NOW);
    }
    event(&mut app, MouseEventKind::ScrollUp, (20, 30));
    assert_eq!(app.console.scrolled(), 3);
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.console.scrolled(), 0, "Esc comes back");
    event(&mut app, MouseEventKind::ScrollUp, (20, 30));
    event(&mut app, MouseEventKind::ScrollDown, (20, 30));
    assert!(app.passing, "back where the shell writes, keys are its own");
    press(&mut app, KeyCode::F(1));
    event(&mut app, MouseEventKind::ScrollDown, (20, 30));
    assert_eq!(app.console.scrolled(), 0, "under the help");
}

#[test]
fn a_program_that_asks_for_the_mouse_has_it_in_the_console() {
    let mut app = fixtures::app(Moment::Empty, WIDE);
    app.update(Event::Output(b"\x1b[?1000h\x1b[?1006h".to_vec()), NOW);
    let shell = app.panels.shell;
    let sent = click(&mut app, (shell.x + 2, shell.y + 1));
    assert_eq!(sent, vec![Effect::Send(b"\x1b[<0;3;2M".to_vec())]);
    assert!(click(&mut app, (5, 5)).is_empty());
    assert_eq!(app.focus, Panel::Step);
    assert!(
        click(&mut app, (shell.x + 2, shell.y + 1)).is_empty(),
        "the first click is for us"
    );
    assert_eq!(app.focus, Panel::Console);
}
