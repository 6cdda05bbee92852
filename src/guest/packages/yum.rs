//! `yum`: `CentOS`'s package manager, without a network: it installs what lies on the lab's shelf and says so.

use std::io::{self, BufRead, Write};
use std::path::Path;

use super::super::{Call, errno};
use super::shelf::{CENTOS, Package, find};

const NO_NETWORK: &str = "This lab has no network and no package mirror: yum takes what lies on the lab's own shelf.";

/// Packages of the image whose programs a learner may look for.
const BASE: [&str; 6] = ["bash", "coreutils", "curl", "hostname", "iputils", "procps-ng"];

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let yes = args.iter().any(|word| matches!(word.as_str(), "-y" | "--assumeyes"));
    let words: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    match words.split_first() {
        Some((&"install", names)) if !names.is_empty() => install(names, yes),
        Some((&("remove" | "erase"), names)) if !names.is_empty() => remove(names, yes),
        Some((&"list", _)) => list(),
        Some((&"search", parts)) if !parts.is_empty() => search(parts),
        Some((&("update" | "upgrade" | "makecache" | "check-update"), _)) => {
            println!("{NO_NETWORK}\nNo packages marked for update");
            0
        }
        Some((&("install" | "remove" | "erase" | "search"), _)) => {
            eprintln!(
                "Error: Need to pass a list of pkgs to {}",
                words.first().unwrap_or(&"install")
            );
            1
        }
        Some((other, _)) => {
            eprintln!("No such command: {other} (in this lab's yum: install, remove, list, search).");
            1
        }
        None => {
            eprintln!(
                "You need to give some command\nUsage: yum [options] COMMAND\n\nCommands: install, remove, list, search"
            );
            1
        }
    }
}

fn root() -> &'static Path {
    Path::new("/")
}

fn title(package: &Package) -> String {
    let (epoch, version) = package.version.split_once(':').unwrap_or(("0", package.version));
    format!("{}.x86_64 {epoch}:{version}", package.name)
}

fn install(names: &[&str], yes: bool) -> i32 {
    println!("{NO_NETWORK}");
    let mut wanted: Vec<&Package> = Vec::new();
    for name in names {
        match find(CENTOS, name) {
            Some(package) if package.is_installed(root()) => {
                println!("Package {} already installed and latest version", package.name);
            }
            Some(package) if !wanted.contains(&package) => wanted.push(package),
            Some(_) => {}
            None if BASE.contains(name) => println!("Package {name} already installed and latest version"),
            None => {
                let shelf: Vec<&str> = CENTOS.iter().map(|package| package.name).collect();
                println!("No package {name} available. The shelf has: {}.", shelf.join(", "));
            }
        }
    }
    if wanted.is_empty() {
        let here = |name: &&str| find(CENTOS, name).is_some() || BASE.contains(name);
        if names.iter().any(here) {
            println!("Nothing to do");
            return 0;
        }
        eprintln!("Error: Nothing to do");
        return 1;
    }
    change(&wanted, "Install", "Installed", yes, Package::install)
}

fn remove(names: &[&str], yes: bool) -> i32 {
    let mut wanted = Vec::new();
    for name in names {
        match find(CENTOS, name).filter(|package| package.is_installed(root())) {
            Some(package) => wanted.push(package),
            None => println!("No Match for argument: {name}"),
        }
    }
    if wanted.is_empty() {
        println!("No Packages marked for removal");
        return 0;
    }
    change(&wanted, "Remove", "Removed", yes, Package::remove)
}

/// Asks, where it was not agreed to before, and does it.
fn change(packages: &[&Package], todo: &str, done: &str, yes: bool, act: fn(&Package, &Path) -> io::Result<()>) -> i32 {
    let plural = if packages.len() > 1 { "s" } else { "" };
    println!("\nTransaction Summary\n{}", "=".repeat(80));
    println!("{todo}  {} Package{plural} (simulated)\n", packages.len());
    if !yes && !agreed() {
        println!("Exiting on user command");
        return 1;
    }
    for package in packages {
        if let Err(error) = act(package, root()) {
            eprintln!("Error: {}: {}", package.name, errno::glibc_words(&error));
            return 1;
        }
    }
    println!("{done}:");
    for package in packages {
        println!("  {}", title(package));
    }
    println!("\nComplete!");
    0
}

fn agreed() -> bool {
    print!("Is this ok [y/d/N]: ");
    let _ = io::stdout().flush();
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn list() -> i32 {
    println!("Packages on the lab's shelf");
    for package in CENTOS {
        let state = if package.is_installed(root()) {
            "installed"
        } else {
            "shelf"
        };
        println!(
            "{:<40} {:<24} {state}",
            format!("{}.x86_64", package.name),
            package.version
        );
    }
    0
}

fn search(parts: &[&str]) -> i32 {
    let mut found = false;
    for package in CENTOS
        .iter()
        .filter(|package| parts.iter().any(|part| package.name.contains(part)))
    {
        println!("{}.x86_64", package.name);
        found = true;
    }
    if !found {
        println!("Warning: No matches found for: {}", parts.join(" "));
    }
    0
}
