//! The terminal one sits at, and what it must be given back.

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

/// Standard input, where that is a terminal. Its settings are put back when this goes.
pub(super) struct Terminal {
    before: Option<Termios>,
}

impl Terminal {
    pub(super) fn of_standard_input() -> Self {
        Self {
            before: tcgetattr(rustix::stdio::stdin()).ok(),
        }
    }

    pub(super) const fn is_there(&self) -> bool {
        self.before.is_some()
    }

    /// Columns and rows, where there are any.
    pub(super) fn size(&self) -> Option<(u16, u16)> {
        self.before.as_ref()?;
        let size = tcgetwinsize(rustix::stdio::stdin()).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }

    /// Key by key, unechoed and without signals; or as it was before.
    pub(super) fn set(&self, by_character: bool) {
        let Some(before) = &self.before else {
            return;
        };
        let mut settings = before.clone();
        if by_character {
            settings.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
            settings.input_modes -= InputModes::IXON;
            settings.output_modes -= OutputModes::OPOST;
        }
        // A terminal that is gone needs no settings.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &settings);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.set(false);
    }
}
