//! A person at a terminal.

use std::process::Command;

use crate::support::eventually;
use crate::support::screen::Screen;
use crate::{PATIENCE, the_lesson};

/// A person at a terminal.
pub struct Person(pub Screen);

impl Person {
    pub fn at(command: Command) -> Self {
        let person = Self(Screen::start(command, 100, 40));
        person.until_prompts(1);
        person
    }

    pub fn said(&self) -> String {
        self.0.said().replace('\r', "")
    }

    pub fn prompts(&self) -> usize {
        self.said()
            .matches(&format!("/{} $ ", the_lesson().steps.len()))
            .count()
    }

    pub fn until_prompts(&self, count: usize) {
        let came = eventually(PATIENCE, || self.prompts() >= count);
        assert!(came, "waited for prompt {count}:\n{}", self.said());
    }

    pub fn until(&self, wanted: &str) {
        let came = eventually(PATIENCE, || self.said().contains(wanted));
        assert!(came, "waited for {wanted:?}:\n{}", self.said());
    }

    /// Types a line at the prompt and waits for the next one; what was said in between.
    pub fn types(&mut self, line: &str) -> String {
        let (prompts, before) = (self.prompts(), self.said().len());
        self.0.keys(&format!("{line}\n"));
        self.until_prompts(prompts + 1);
        self.said()[before..].to_owned()
    }

    /// Goes into a container, pings `es` there and comes back. Without a terminal that can be drawn on: what a program draws is its own
    /// affair.
    pub fn visits(&mut self, command: &str) {
        let prompts = self.prompts();
        self.0
            .keys(&format!("{}\n", command.replace(" -ti ", " -ti -e TERM=dumb ")));
        self.until("/ # ");
        self.0.keys("ping -c1 es\r");
        self.until("1 packets transmitted, 1 packets received");
        self.0.keys("exit\r");
        self.until_prompts(prompts + 1);
    }

    pub fn status(&mut self) -> Option<i32> {
        let mut status = None;
        eventually(PATIENCE, || {
            status = self.0.child.try_wait().expect("it is looked at");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }
}
