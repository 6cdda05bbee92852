//! `apk`: Alpine's package manager, without a network: it installs what lies on the lab's shelf and says so.

use std::io::{self, Write};
use std::path::Path;

use super::super::{Call, errno};
use super::shelf::{ALPINE, Package, find};

/// Help.
pub const USAGE: &str = "[OPTION]... COMMAND [PACKAGE]...

  add       Add packages from the lab's shelf
  del       Remove packages
  info      List installed packages
  search    List packages on the shelf
  update    Nothing to fetch here: there is no network";

/// Packages that the image is made of (`apk info` of a new `alpine` container).
const BASE: [&str; 16] = [
    "alpine-baselayout",
    "alpine-baselayout-data",
    "alpine-keys",
    "alpine-release",
    "apk-tools",
    "busybox",
    "busybox-binsh",
    "ca-certificates-bundle",
    "libapk2",
    "libcrypto3",
    "libssl3",
    "musl",
    "musl-utils",
    "scanelf",
    "ssl_client",
    "zlib",
];

/// Options that are followed by a value.
const WITH_VALUE: [&str; 8] = [
    "-p",
    "--root",
    "-X",
    "--repository",
    "-t",
    "--virtual",
    "--wait",
    "--arch",
];

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let mut words = Vec::new();
    let mut args = call.args.iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = args.next() {
        if WITH_VALUE.contains(&word.as_str()) {
            args.next();
        } else if word == "--version" || word == "-V" {
            println!("apk-tools 2.14.9 (this lab's own)");
            return 0;
        } else if !word.starts_with('-') {
            words.push(word);
        }
    }
    let Some((command, names)) = words.split_first() else {
        return call.usage();
    };
    match command.as_str() {
        "add" => add(names),
        "del" => delete(names),
        "info" | "list" => info(names),
        "search" => search(names),
        "update" | "upgrade" | "fix" => {
            eprintln!("{NO_NETWORK}");
            if command == "update" {
                println!("OK: {} distinct packages available", ALPINE.len());
            } else {
                println!("{}", total());
            }
            0
        }
        other => {
            eprintln!("ERROR: '{other}' is not built in this lab's apk");
            1
        }
    }
}

const NO_NETWORK: &str = "This lab has no network and no package mirror: apk takes what lies on the lab's own shelf.";

fn root() -> &'static Path {
    Path::new("/")
}

fn installed() -> usize {
    ALPINE.iter().filter(|package| package.is_installed(root())).count()
}

fn total() -> String {
    format!("OK: 8 MiB in {} packages", BASE.len() + installed())
}

fn add(names: &[String]) -> i32 {
    let mut wanted: Vec<&Package> = Vec::new();
    let mut unknown = Vec::new();
    for name in names {
        // `curl=8.14.1-r1` and `curl>8` name a version; there is only one.
        let bare = name.split(['=', '<', '>', '~', '@']).next().unwrap_or(name);
        match find(ALPINE, bare) {
            Some(package) if !package.is_installed(root()) && !wanted.contains(&package) => wanted.push(package),
            Some(_) => {}
            None if BASE.contains(&bare) => {}
            None => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        let _ = io::stdout().flush();
        let shelf: Vec<&str> = ALPINE.iter().map(|package| package.name).collect();
        eprintln!("{NO_NETWORK}\nThe shelf has: {}.", shelf.join(", "));
        eprintln!("ERROR: unable to select packages:");
        for name in unknown {
            eprintln!("  {name} (no such package):\n    required by: world[{name}]");
        }
        return 1;
    }
    if !wanted.is_empty() {
        eprintln!("{NO_NETWORK}");
    }
    for (number, package) in wanted.iter().enumerate() {
        println!(
            "({}/{}) Installing {} ({}, simulated package)",
            number + 1,
            wanted.len(),
            package.name,
            package.version
        );
        if let Err(error) = package.install(root()) {
            eprintln!("ERROR: {}-{}: {}", package.name, package.version, errno::words(&error));
            return 1;
        }
    }
    println!("{}", total());
    0
}

fn delete(names: &[String]) -> i32 {
    let known: Vec<&Package> = names
        .iter()
        .filter_map(|name| find(ALPINE, name))
        .filter(|package| package.is_installed(root()))
        .collect();
    let missing = names
        .iter()
        .find(|name| !known.iter().any(|package| package.name == **name));
    if let Some(name) = missing {
        if BASE.contains(&name.as_str()) {
            eprintln!("ERROR: {name} is part of this image and stays");
        } else {
            eprintln!("ERROR: No such package: {name}");
        }
        return 1;
    }
    for (number, package) in known.iter().enumerate() {
        println!(
            "({}/{}) Purging {} ({})",
            number + 1,
            known.len(),
            package.name,
            package.version
        );
        if let Err(error) = package.remove(root()) {
            eprintln!("ERROR: {}-{}: {}", package.name, package.version, errno::words(&error));
            return 1;
        }
    }
    println!("{}", total());
    0
}

fn info(names: &[String]) -> i32 {
    let shelf = ALPINE.iter().filter(|package| package.is_installed(root()));
    let mut all: Vec<&str> = BASE.into_iter().chain(shelf.map(|package| package.name)).collect();
    all.sort_unstable();
    let mut status = 0;
    for name in names {
        if !all.contains(&name.as_str()) {
            status = 1;
        }
    }
    for name in all
        .iter()
        .filter(|name| names.is_empty() || names.iter().any(|wanted| wanted == *name))
    {
        println!("{name}");
    }
    status
}

fn search(names: &[String]) -> i32 {
    let matching =
        |package: &&Package| names.is_empty() || names.iter().any(|part| package.name.contains(part.as_str()));
    for package in ALPINE.iter().filter(matching) {
        println!("{}-{}", package.name, package.version);
    }
    0
}
