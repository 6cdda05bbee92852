//! `telnet`: a terminal at a port, in busybox's words. Logging in by itself (`-a`, `-l`) is not built.

mod protocol;
mod terminal;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::{Call, errno, getopt, resolve};
use protocol::Protocol;
use terminal::Terminal;

/// Help.
pub const USAGE: &str = "HOST [PORT]

Connect to telnet server";

/// The port of a Telnet server (IANA).
const PORT: u16 = 23;
/// `^]`.
const ESCAPE: u8 = 0x1d;

const COMMANDS: &str = "\r\nConsole escape. Commands are:\r\n\n l\tgo to line mode\r\n c\tgo to character mode\r\n z\tsuspend telnet\r\n e\texit telnet\r\n";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "al:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('a') || options.has('l') {
        call.complain("logging in by itself (-a, -l) is not built in this lab's telnet");
        return 1;
    }
    let (host, port) = match options.operands.as_slice() {
        [host] => (host.to_string_lossy(), None),
        [host, port] => (host.to_string_lossy(), Some(port.to_string_lossy())),
        _ => return call.usage(),
    };
    let port = port.map_or(Ok(PORT), |text| {
        resolve::port_of(&text, "tcp").ok_or_else(|| format!("bad port '{text}'"))
    });
    let connected = port.and_then(|port| connect(&host, port));
    let talked = connected.and_then(|stream| {
        let _ = writeln!(io::stderr(), "Connected to {host}");
        Session::new(stream)
            .and_then(Session::run)
            .map_err(|error| errno::words(&error))
    });
    talked.unwrap_or_else(|sentence| {
        call.complain(sentence);
        1
    })
}

fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let address = resolve::ipv4(host).first().copied();
    let address = address.ok_or_else(|| format!("bad address '{host}'"))?;
    TcpStream::connect(SocketAddr::from((address, port)))
        .map_err(|error| format!("can't connect to remote host ({address}): {}", errno::words(&error)))
}

/// How keys go to the server, as the person was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Line by line, as long as the server has not said that it echoes.
    Untold,
    Line,
    Character,
}

/// A conversation at the terminal.
struct Session {
    stream: TcpStream,
    protocol: Protocol,
    terminal: Terminal,
    /// Ctrl-C, where there is a terminal on which it means the console escape.
    signals: Option<SignalFd>,
    mode: Mode,
}

/// What happened at one of the ends.
#[derive(Debug, Clone, Copy)]
struct Ready {
    server: bool,
    typed: bool,
    interrupted: bool,
}

impl Session {
    fn new(stream: TcpStream) -> io::Result<Self> {
        let terminal = Terminal::of_standard_input();
        let signals = if terminal.is_there() {
            let mut interrupt = SigSet::empty();
            interrupt.add(Signal::SIGINT);
            interrupt.thread_block()?;
            Some(SignalFd::with_flags(
                &interrupt,
                SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK,
            )?)
        } else {
            None
        };
        let name = std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned());
        let window = terminal.size();
        Ok(Self {
            stream,
            protocol: Protocol::new(name, window),
            terminal,
            signals,
            mode: Mode::Untold,
        })
    }

    /// The exit status, once one side has ended.
    fn run(mut self) -> io::Result<i32> {
        let mut buffer = vec![0; 4096];
        loop {
            let ready = self.wait()?;
            if ready.server {
                match self.stream.read(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => {
                        print_out(b"Connection closed by foreign host\r\n")?;
                        return Ok(1);
                    }
                    Ok(length) => self.hear(&buffer[..length])?,
                }
            }
            let mut escapes = ready.interrupted;
            if ready.typed {
                match rustix::io::read(rustix::stdio::stdin(), &mut buffer[..]) {
                    Ok(0) | Err(rustix::io::Errno::IO) => return Ok(0),
                    Ok(length) => {
                        let mut typed = &buffer[..length];
                        let key = typed.iter().position(|byte| *byte == ESCAPE);
                        if let Some(at) = key.filter(|_| self.mode != Mode::Line && self.terminal.is_there()) {
                            escapes = true;
                            typed = &typed[..at];
                        }
                        self.stream.write_all(&protocol::spoken(typed))?;
                    }
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if escapes && !self.escape()? {
                return Ok(0);
            }
        }
    }

    fn wait(&self) -> io::Result<Ready> {
        let mut watched = vec![
            PollFd::new(self.stream.as_fd(), PollFlags::POLLIN),
            PollFd::new(rustix::stdio::stdin(), PollFlags::POLLIN),
        ];
        if let Some(signals) = &self.signals {
            watched.push(PollFd::new(signals.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let told = |at: usize| watched.get(at).and_then(PollFd::any).unwrap_or(false);
        let interrupted = told(2);
        if let Some(signals) = self.signals.as_ref().filter(|_| interrupted) {
            // Taken off, so that it is heard once.
            let _ = signals.read_signal();
        }
        Ok(Ready {
            server: told(0),
            typed: told(1),
            interrupted,
        })
    }

    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        let heard = self.protocol.hear(bytes);
        if !heard.replies.is_empty() {
            self.stream.write_all(&heard.replies)?;
        }
        if self.protocol.by_character() != (self.mode == Mode::Character) {
            self.enter_mode();
            print_out(b"\r\n")?;
        }
        print_out(&heard.text)
    }

    /// Tells of the mode the conversation is in, and sets the terminal to it.
    fn enter_mode(&mut self) {
        let (mode, word, key) = if self.protocol.by_character() {
            (Mode::Character, "character", ']')
        } else {
            (Mode::Line, "line", 'C')
        };
        self.mode = mode;
        let _ = write!(
            io::stderr(),
            "\r\nEntering {word} mode\r\nEscape character is '^{key}'.\r\n"
        );
        self.terminal.set(self.mode == Mode::Character);
    }

    /// Asks what to do; false is the end.
    fn escape(&mut self) -> io::Result<bool> {
        self.terminal.set(true);
        print_out(COMMANDS.as_bytes())?;
        let mut key = [0];
        let length = match rustix::io::read(rustix::stdio::stdin(), &mut key[..]) {
            Ok(length) => length,
            Err(rustix::io::Errno::INTR) => 1,
            Err(_) => 0,
        };
        if length == 0 {
            return Ok(false);
        }
        match key[0] {
            b'e' => return Ok(false),
            b'l' | b'c' => {
                let by_character = key[0] == b'c';
                if self.mode == (if by_character { Mode::Character } else { Mode::Line }) {
                    return self.go_on();
                }
                let words = self.protocol.turn(by_character);
                self.stream.write_all(&words)?;
                self.enter_mode();
                return Ok(true);
            }
            b'z' => {
                self.terminal.set(false);
                // The whole job stops, as on Ctrl-Z.
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(0), Signal::SIGTSTP);
            }
            _ => {}
        }
        self.go_on()
    }

    fn go_on(&self) -> io::Result<bool> {
        print_out(b"continuing...\r\n")?;
        self.terminal.set(self.mode == Mode::Character);
        Ok(true)
    }
}

fn print_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(bytes)?;
    out.flush()
}
