//! `cnm`: parse, dispatch; nothing else.

fn main() {
    std::process::exit(cnm::cli::main(std::env::args_os().collect()));
}
