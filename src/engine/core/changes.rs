//! `docker import --change`: the few Dockerfile instructions that change an image's configuration and run nothing
//! (moby, `builder/dockerfile`, `validCommitCommands` and `dispatchers.go`).

use std::collections::BTreeMap;

use super::error::CoreError;
use super::image::ImageRecord;

/// Applies instructions, one or several per text, to an image's configuration.
///
/// # Errors
/// Docker's refusal of the first that is none, or what this engine does not have.
pub fn apply_changes(image: &mut ImageRecord, texts: &[String]) -> Result<(), CoreError> {
    if texts.is_empty() {
        return Ok(());
    }
    let lines = logical_lines(&texts.join("\n"));
    if lines.is_empty() {
        return Err(CoreError::invalid("file with no instructions"));
    }
    let mut command_set = false;
    let mut exposed = Exposed::default();
    for line in &lines {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (word, rest) = (word.to_ascii_uppercase(), rest.trim());
        if matches!(word.as_str(), "ENV" | "LABEL" | "EXPOSE" | "USER" | "WORKDIR") && rest.contains('$') {
            return Err(CoreError::unbuilt(format!(
                "this engine does not replace variables in changes: {line}"
            )));
        }
        match word.as_str() {
            "CMD" => {
                image.cmd = command(rest);
                command_set = true;
            }
            "ENTRYPOINT" => {
                image.entrypoint = command(rest);
                if !command_set {
                    image.cmd.clear();
                }
            }
            "ENV" => {
                for (key, value) in pairs("ENV", rest)? {
                    let begin = format!("{key}=");
                    image.env.retain(|entry| !entry.starts_with(&begin));
                    image.env.push(begin + &value);
                }
            }
            "LABEL" => image.labels.extend(pairs("LABEL", rest)?),
            "EXPOSE" => exposed.add(rest)?,
            "USER" => image.user = one("USER", rest)?,
            "WORKDIR" => image.workdir = folder(&image.workdir, &one("WORKDIR", rest)?),
            "VOLUME" | "HEALTHCHECK" | "ONBUILD" => {
                return Err(CoreError::unbuilt(format!(
                    "this engine does not have {word} in images yet"
                )));
            }
            _ => {
                let word = word.to_ascii_lowercase();
                return Err(CoreError::invalid(format!("{word} is not a valid change command")));
            }
        }
    }
    exposed.put(&mut image.exposed_ports);
    Ok(())
}

/// Lines without comments, those that end with a backslash joined with what follows.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with('#') || (line.trim().is_empty() && open.is_empty()) {
            continue;
        }
        if let Some(more) = line.trim_end().strip_suffix('\\') {
            open.push_str(more);
        } else {
            open.push_str(line);
            lines.push(std::mem::take(&mut open).trim().to_owned());
        }
    }
    lines.extend(Some(open.trim().to_owned()).filter(|open| !open.is_empty()));
    lines
}

/// `["a","b"]`, or words for the shell.
fn command(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    serde_json::from_str(text).unwrap_or_else(|_| ["/bin/sh", "-c", text].map(str::to_owned).into())
}

fn one(instruction: &str, text: &str) -> Result<String, CoreError> {
    match text {
        "" => Err(CoreError::invalid(format!(
            "{instruction} requires exactly one argument"
        ))),
        text => Ok(text.to_owned()),
    }
}

/// `a=b "c d"=e`, or `a all the rest`.
fn pairs(instruction: &str, text: &str) -> Result<Vec<(String, String)>, CoreError> {
    let words = words(text);
    let Some(first) = words.first() else {
        return Err(CoreError::invalid(format!(
            "{instruction} requires at least one argument"
        )));
    };
    if !first.contains('=') {
        let (key, value) = text
            .split_once(char::is_whitespace)
            .ok_or_else(|| CoreError::invalid(format!("{instruction} must have two arguments")))?;
        return Ok(vec![(key.to_owned(), value.trim().to_owned())]);
    }
    let pair = |word: &String| {
        let (key, value) = word.split_once('=').ok_or_else(|| {
            CoreError::invalid(format!(
                "Syntax error - can't find = in \"{word}\". Must be of the form: name=value"
            ))
        })?;
        if key.is_empty() {
            return Err(CoreError::invalid(format!("{instruction} names can not be blank")));
        }
        Ok((key.to_owned(), value.to_owned()))
    };
    words.iter().map(pair).collect()
}

/// Words as a shell takes them apart: quotes and backslashes are taken away.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Ports by their protocol, so that a thousand ranges cost no more than the ports there are.
#[derive(Default)]
struct Exposed(BTreeMap<String, Vec<bool>>);

impl Exposed {
    /// One `EXPOSE`.
    fn add(&mut self, text: &str) -> Result<(), CoreError> {
        if text.is_empty() {
            return Err(CoreError::invalid("EXPOSE requires at least one argument"));
        }
        for word in text.split_whitespace() {
            let (range, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let refused = || CoreError::invalid(format!("Invalid containerPort: {range}"));
            let protocol = protocol.to_ascii_lowercase();
            if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
                return Err(CoreError::invalid(format!("Invalid proto: {protocol}")));
            }
            let number = |text: &str| text.parse::<u16>().map(usize::from).map_err(|_| refused());
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(refused());
            }
            let ports = self.0.entry(protocol).or_insert_with(|| vec![false; 1 << 16]);
            ports[first..=last].fill(true);
        }
        Ok(())
    }

    /// Adds them to those an image has, each once.
    fn put(self, into: &mut Vec<String>) {
        for (protocol, ports) in self.0 {
            let ports = (0_u16..=u16::MAX).zip(ports).filter(|(_, exposed)| *exposed);
            into.extend(ports.map(|(port, _)| format!("{port}/{protocol}")));
        }
        into.sort_unstable();
        into.dedup();
    }
}

/// A folder seen from the one before.
fn folder(before: &str, text: &str) -> String {
    let whole = if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("{before}/{text}")
    };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(texts: &[&str]) -> Result<ImageRecord, String> {
        let mut image = ImageRecord::default();
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        apply_changes(&mut image, &texts).map_err(|error| error.message)?;
        Ok(image)
    }

    #[test]
    fn instructions_change_the_configuration() {
        let image = changed(&[
            r#"CMD ["sleep","9"]"#,
            "ENV A=b C=\"d e\" F=g\\ h",
            "env OLD way of it",
            "LABEL k=v\nlabel 'a b'=c",
            "EXPOSE 80 81-82/udp",
            "WORKDIR /srv\nWORKDIR rel",
            "# nothing\nENTRYPOINT echo \\\n  $HOME",
            "USER root",
        ])
        .unwrap();
        assert_eq!(image.cmd, ["sleep", "9"]);
        assert_eq!(image.entrypoint, ["/bin/sh", "-c", "echo   $HOME"]);
        assert_eq!(image.env, ["A=b", "C=d e", "F=g h", "OLD=way of it"]);
        assert_eq!(image.labels["a b"], "c");
        assert_eq!(image.exposed_ports, ["80/tcp", "81/udp", "82/udp"]);
        assert_eq!((image.workdir.as_str(), image.user.as_str()), ("/srv/rel", "root"));
        let image = changed(&["ENTRYPOINT [\"a\"]", "CMD b", "ENV A=1", "ENV A=2"]).unwrap();
        assert_eq!((image.cmd.len(), image.env), (3, vec!["A=2".to_owned()]));
    }

    #[test]
    fn a_thousand_ranges_cost_no_more_than_all_ports() {
        let image = changed(&[&"EXPOSE 1-65535\n".repeat(3000)]).unwrap();
        assert_eq!(image.exposed_ports.len(), 65_535);
        assert!(changed(&["EXPOSE 9-8"]).is_err() && changed(&["EXPOSE 65536"]).is_err());
    }

    #[test]
    fn refusals_are_dockers() {
        for (text, words) in [
            ("RUN x", "run is not a valid change command"),
            ("STOPSIGNAL 9", "stopsignal is not a valid change command"),
            ("ENV x", "ENV must have two arguments"),
            ("EXPOSE x", "Invalid containerPort: x"),
            ("", "file with no instructions"),
            ("WORKDIR", "WORKDIR requires exactly one argument"),
            ("ENV =x", "ENV names can not be blank"),
        ] {
            assert_eq!(changed(&[text]).unwrap_err(), words, "{text}");
        }
        assert!(
            changed(&["VOLUME /x"])
                .unwrap_err()
                .starts_with("this engine does not have")
        );
        assert!(changed(&["ENV A=$B"]).unwrap_err().contains("variables"));
    }
}
