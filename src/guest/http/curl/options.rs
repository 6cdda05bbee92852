//! `curl`'s command line: as much of it as is of use without TLS and the internet.

use std::time::Duration;

/// What the command line asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
pub(super) struct Request {
    pub urls: Vec<String>,
    pub silent: bool,
    pub show_error: bool,
    pub verbose: bool,
    /// The response's head goes before its body.
    pub include: bool,
    /// HEAD instead of GET.
    pub head: bool,
    pub follow: bool,
    /// An HTTP error is a failure.
    pub fail: bool,
    pub method: Option<String>,
    /// Parts of `-d`, joined by `&`.
    pub data: Option<Vec<u8>>,
    /// The data goes into the query.
    pub get: bool,
    pub headers: Vec<String>,
    pub user: Option<String>,
    pub agent: Option<String>,
    pub output: Option<String>,
    /// `-O`: the file is called as in the URL.
    pub remote_name: bool,
    pub write_out: Option<String>,
    pub most_time: Option<Duration>,
    pub connect_time: Option<Duration>,
    pub most_redirects: Option<usize>,
}

/// Why there is nothing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    Help,
    Version,
    /// curl's sentence about an option; status 2.
    Option(String),
}

/// Long name, letter where there is one, and whether a value follows.
const OPTIONS: &[(&str, char, bool)] = &[
    ("connect-timeout", '\0', true),
    ("data", 'd', true),
    ("data-ascii", '\0', true),
    ("data-raw", '\0', true),
    ("data-binary", '\0', true),
    ("fail", 'f', false),
    ("get", 'G', false),
    ("head", 'I', false),
    ("header", 'H', true),
    ("help", 'h', false),
    ("http1.1", '\0', false),
    ("include", 'i', false),
    ("insecure", 'k', false),
    ("ipv4", '4', false),
    ("location", 'L', false),
    ("max-redirs", '\0', true),
    ("max-time", 'm', true),
    ("no-buffer", 'N', false),
    ("no-progress-meter", '\0', false),
    ("noproxy", '\0', true),
    ("output", 'o', true),
    ("remote-name", 'O', false),
    ("request", 'X', true),
    ("show-error", 'S', false),
    ("silent", 's', false),
    ("url", '\0', true),
    ("user", 'u', true),
    ("user-agent", 'A', true),
    ("verbose", 'v', false),
    ("version", 'V', false),
    ("write-out", 'w', true),
];

/// Reads a command line.
pub(super) fn read(args: &[String]) -> Result<Request, Stop> {
    let mut request = Request::default();
    let mut args = args.iter();
    let mut options = true;
    while let Some(word) = args.next() {
        if !options || word == "-" || !word.starts_with('-') {
            request.urls.push(word.clone());
        } else if word == "--" {
            options = false;
        } else if let Some(name) = word.strip_prefix("--") {
            let (name, _, takes_value) = OPTIONS
                .iter()
                .find(|(known, ..)| *known == name)
                .ok_or_else(|| Stop::Option(format!("option {word}: is unknown")))?;
            let value = if *takes_value {
                Some(value(&mut args, word)?)
            } else {
                None
            };
            set(&mut request, name, value.as_deref().unwrap_or_default(), word)?;
        } else {
            cluster(&mut request, word, &mut args)?;
        }
    }
    Ok(request)
}

fn value<'a>(args: &mut impl Iterator<Item = &'a String>, word: &str) -> Result<String, Stop> {
    let missing = || Stop::Option(format!("option {word}: requires parameter"));
    args.next().cloned().ok_or_else(missing)
}

fn cluster<'a>(request: &mut Request, word: &str, args: &mut impl Iterator<Item = &'a String>) -> Result<(), Stop> {
    let mut letters = word[1..].chars();
    while let Some(letter) = letters.next() {
        let (name, _, takes_value) = OPTIONS
            .iter()
            .find(|(_, known, _)| *known == letter)
            .ok_or_else(|| Stop::Option(format!("option {word}: is unknown")))?;
        if *takes_value {
            let rest = letters.as_str();
            let text = if rest.is_empty() {
                value(args, word)?
            } else {
                rest.to_owned()
            };
            return set(request, name, &text, word);
        }
        set(request, name, "", word)?;
    }
    Ok(())
}

fn set(request: &mut Request, name: &str, value: &str, word: &str) -> Result<(), Stop> {
    match name {
        "help" => return Err(Stop::Help),
        "version" => return Err(Stop::Version),
        "connect-timeout" => request.connect_time = Some(seconds(value, word)?),
        "max-time" => request.most_time = Some(seconds(value, word)?),
        "max-redirs" => {
            let wrong = || Stop::Option(format!("option {word}: expected a proper numerical parameter"));
            request.most_redirects = Some(value.parse().map_err(|_| wrong())?);
        }
        "data" | "data-ascii" | "data-raw" | "data-binary" => {
            let part = content(name, value)?;
            let data = request.data.get_or_insert_default();
            if !data.is_empty() {
                data.push(b'&');
            }
            data.extend(part);
        }
        "fail" => request.fail = true,
        "get" => request.get = true,
        "head" => request.head = true,
        "header" => request.headers.push(value.to_owned()),
        "include" => request.include = true,
        "location" => request.follow = true,
        "output" => request.output = Some(value.to_owned()),
        "remote-name" => request.remote_name = true,
        "request" => request.method = Some(value.to_owned()),
        "show-error" => request.show_error = true,
        "silent" => request.silent = true,
        "no-progress-meter" => (request.silent, request.show_error) = (true, true),
        "url" => request.urls.push(value.to_owned()),
        "user" => request.user = Some(value.to_owned()),
        "user-agent" => request.agent = Some(value.to_owned()),
        "verbose" => request.verbose = true,
        "write-out" => request.write_out = Some(value.to_owned()),
        // What is so anyway: no TLS to check, IPv4, HTTP/1.1, nothing held back, no proxy.
        _ => {}
    }
    Ok(())
}

/// `@FILE` is the file's content, without its line ends except for `--data-binary`.
fn content(name: &str, value: &str) -> Result<Vec<u8>, Stop> {
    let Some(file) = value.strip_prefix('@').filter(|_| name != "data-raw") else {
        return Ok(value.as_bytes().to_vec());
    };
    let read = if file == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let mut bytes =
        read.map_err(|_| Stop::Option(format!("option --{name}: error encountered when reading a file")))?;
    if name != "data-binary" {
        bytes.retain(|byte| !b"\r\n\0".contains(byte));
    }
    Ok(bytes)
}

/// Seconds, with a fraction.
fn seconds(text: &str, word: &str) -> Result<Duration, Stop> {
    let wrong = || Stop::Option(format!("option {word}: expected a proper numerical parameter"));
    let value: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(value).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &[&str]) -> Result<Request, Stop> {
        read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn letters_cluster_and_values_stand_apart_or_behind() {
        let request = read_words(&[
            "-sSfLo",
            "out",
            "-XPOST",
            "--max-time",
            "1.5",
            "-d",
            "a=1",
            "-d",
            "b",
            "es:9200",
        ])
        .unwrap();
        assert!(request.silent && request.show_error && request.fail && request.follow);
        assert_eq!(
            (request.output.as_deref(), request.method.as_deref()),
            (Some("out"), Some("POST"))
        );
        assert_eq!(request.most_time, Some(Duration::from_millis(1500)));
        assert_eq!(request.data.as_deref(), Some(&b"a=1&b"[..]));
        assert_eq!(request.urls, ["es:9200"]);
    }

    #[test]
    fn what_curl_does_not_know_is_told_as_curl_does() {
        for (words, sentence) in [
            (&["--nonsense"][..], "option --nonsense: is unknown"),
            (&["-s?"], "option -s?: is unknown"),
            (&["-o"], "option -o: requires parameter"),
            (&["-m", "x"], "option -m: expected a proper numerical parameter"),
            (&["-m", "-1"], "option -m: expected a proper numerical parameter"),
        ] {
            assert_eq!(read_words(words), Err(Stop::Option(sentence.to_owned())));
        }
        assert_eq!(read_words(&["-V"]), Err(Stop::Version));
    }
}
