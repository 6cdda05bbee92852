use std::time::Duration;

use crate::texts::Lang;

/// `0,4 s` in French, `0.4 s` in English; seconds with one decimal.
pub(super) fn worded(duration: Duration, lang: Lang) -> String {
    let seconds = format!("{:.1}", duration.as_secs_f64());
    match lang {
        Lang::Fr => format!("{}\u{a0}s", seconds.replace('.', ",")),
        Lang::En => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_worded_as_the_language_writes_numbers() {
        assert_eq!(worded(Duration::from_millis(412), Lang::Fr), "0,4\u{a0}s");
        assert_eq!(worded(Duration::from_millis(412), Lang::En), "0.4 s");
    }
}
