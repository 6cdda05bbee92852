//! What leads from a lab as it is to a goal: the same list is shown ("show me"), put back (reset) and replayed (resume).

use std::borrow::Cow;
use std::fmt;

use crate::lesson::{Goal, GoalContainer, GoalEndpoint, GoalNetwork};
use crate::model::{Container, ContainerState, Network, Topology};

/// One thing to do. Displays as the `docker` command that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Remove a network that has the right name and the wrong subnet, or a way out it should not have.
    RemoveNetwork {
        /// Its name.
        network: String,
    },
    /// Create a network.
    CreateNetwork(GoalNetwork),
    /// Remove a container that cannot become what is wanted.
    RemoveContainer {
        /// Its name.
        container: String,
    },
    /// Create a container on its first network, and start it.
    Run(GoalContainer),
    /// Start a container that was created only.
    Start {
        /// Its name.
        container: String,
    },
    /// Unplug a container, to plug it in again with other aliases or another address.
    Disconnect {
        /// Its name.
        container: String,
        /// The network's.
        network: String,
    },
    /// Plug a container into a network.
    Connect {
        /// Its name.
        container: String,
        /// Network, aliases, address.
        endpoint: GoalEndpoint,
    },
}

/// What has to be done, in order, so that `lab` becomes what `goal` says. What the goal does not mention stays as it is.
#[must_use]
pub fn remedies(goal: &Goal, lab: &Topology) -> Vec<Remedy> {
    let mut todo = Vec::new();
    for wanted in &goal.networks {
        match lab.networks.iter().find(|network| network.name == wanted.name) {
            Some(found) if suits(wanted, found) => {}
            Some(_) => {
                todo.push(Remedy::RemoveNetwork {
                    network: wanted.name.clone(),
                });
                todo.push(Remedy::CreateNetwork(wanted.clone()));
            }
            None => todo.push(Remedy::CreateNetwork(wanted.clone())),
        }
    }
    for wanted in &goal.containers {
        match lab.containers.iter().find(|container| container.name == wanted.name) {
            Some(found) if can_be_mended(wanted, found, lab) => mend(wanted, found, lab, &mut todo),
            Some(_) => {
                todo.push(Remedy::RemoveContainer {
                    container: wanted.name.clone(),
                });
                run(wanted, &mut todo);
            }
            None => run(wanted, &mut todo),
        }
    }
    todo
}

fn suits(wanted: &GoalNetwork, found: &Network) -> bool {
    wanted.internal == found.internal && wanted.subnet.is_none_or(|subnet| found.subnet == Some(subnet))
}

/// One that ended would end again, one in a special mode takes no cable, and one that was run on another network than its first is
/// run again as it was asked for: all three are made anew. Networks beside the first are plugged in.
fn can_be_mended(wanted: &GoalContainer, found: &Container, lab: &Topology) -> bool {
    let on = |endpoint: &GoalEndpoint| {
        let network = lab.networks.iter().find(|network| network.name == endpoint.network);
        network.is_some_and(|network| found.endpoints.iter().any(|e| e.network == network.id))
    };
    found.state != ContainerState::Exited && wanted.endpoints.first().is_none_or(on)
}

fn run(wanted: &GoalContainer, todo: &mut Vec<Remedy>) {
    todo.push(Remedy::Run(wanted.clone()));
    for endpoint in wanted.endpoints.iter().skip(1) {
        todo.push(Remedy::Connect {
            container: wanted.name.clone(),
            endpoint: endpoint.clone(),
        });
    }
}

fn mend(wanted: &GoalContainer, found: &Container, lab: &Topology, todo: &mut Vec<Remedy>) {
    for endpoint in &wanted.endpoints {
        let network = lab.networks.iter().find(|network| network.name == endpoint.network);
        let plugged = network.and_then(|network| found.endpoints.iter().find(|e| e.network == network.id));
        let right = plugged.is_some_and(|plugged| {
            let ip_is_right = endpoint
                .ip
                .is_none_or(|ip| plugged.address.is_none_or(|address| address.ip() == ip));
            ip_is_right && endpoint.aliases.iter().all(|alias| plugged.aliases.contains(alias))
        });
        if right {
            continue;
        }
        if plugged.is_some() {
            todo.push(Remedy::Disconnect {
                container: wanted.name.clone(),
                network: endpoint.network.clone(),
            });
        }
        todo.push(Remedy::Connect {
            container: wanted.name.clone(),
            endpoint: endpoint.clone(),
        });
    }
    if found.state == ContainerState::Created {
        todo.push(Remedy::Start {
            container: wanted.name.clone(),
        });
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveNetwork { network } => write!(f, "docker network rm {}", quoted(network)),
            Self::CreateNetwork(network) => {
                f.write_str("docker network create")?;
                if let Some(subnet) = network.subnet {
                    write!(f, " --subnet {subnet}")?;
                }
                if network.internal {
                    f.write_str(" --internal")?;
                }
                write!(f, " {}", quoted(&network.name))
            }
            Self::RemoveContainer { container } => write!(f, "docker rm -f {}", quoted(container)),
            Self::Run(container) => run_command(f, container),
            Self::Start { container } => write!(f, "docker start {}", quoted(container)),
            Self::Disconnect { container, network } => {
                write!(f, "docker network disconnect {} {}", quoted(network), quoted(container))
            }
            Self::Connect { container, endpoint } => {
                f.write_str("docker network connect")?;
                endpoint_options(f, endpoint, "--alias")?;
                write!(f, " {} {}", quoted(&endpoint.network), quoted(container))
            }
        }
    }
}

fn run_command(f: &mut fmt::Formatter<'_>, container: &GoalContainer) -> fmt::Result {
    write!(f, "docker run -d --name {}", quoted(&container.name))?;
    if let Some(endpoint) = container.endpoints.first() {
        write!(f, " --net {}", quoted(&endpoint.network))?;
        endpoint_options(f, endpoint, "--net-alias")?;
    } else {
        f.write_str(" --net none")?;
    }
    write!(f, " {}", quoted(&container.image))?;
    container
        .command
        .iter()
        .try_for_each(|word| write!(f, " {}", quoted(word)))
}

fn endpoint_options(f: &mut fmt::Formatter<'_>, endpoint: &GoalEndpoint, alias: &str) -> fmt::Result {
    for name in &endpoint.aliases {
        write!(f, " {alias} {}", quoted(name))?;
    }
    endpoint.ip.map_or(Ok(()), |ip| write!(f, " --ip {ip}"))
}

/// As a POSIX shell reads it back as one word.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::embedded;
    use crate::model::build::{Attach, Draft};

    fn goal() -> Goal {
        embedded("cnm").unwrap().steps[1].goal.clone()
    }

    fn commands(lab: &Topology) -> Vec<String> {
        remedies(&goal(), lab).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_lab_needs_everything() {
        let run = "docker run -d --name es --net dev alpine sleep 1d";
        assert_eq!(commands(&Draft::default().done()), ["docker network create dev", run]);
    }

    #[test]
    fn what_ended_or_was_run_elsewhere_is_made_anew() {
        let anew = ["docker rm -f es", "docker run -d --name es --net dev alpine sleep 1d"];
        let lab = Draft::default().network("dev");
        assert_eq!(commands(&lab.container("es", &[Attach::to("bridge")]).done()), anew);
        let lab = Draft::default().network("dev").container("es", &[Attach::to("dev")]);
        assert_eq!(commands(&lab.exited("es", 0).done()), anew);
        let lab = Draft::default().network("dev").with_mode("es", "host");
        assert_eq!(commands(&lab.done()), anew);
    }

    #[test]
    fn a_second_network_is_plugged_in() {
        let mut goal = goal();
        goal.networks.push(GoalNetwork {
            name: "prod".into(),
            subnet: None,
            internal: false,
        });
        let prod = GoalEndpoint {
            network: "prod".into(),
            aliases: vec!["search".into()],
            ip: None,
        };
        goal.containers[0].endpoints.push(prod);
        let lab = Draft::default()
            .network("dev")
            .network("prod")
            .container("es", &[Attach::to("dev")])
            .done();
        let commands: Vec<String> = remedies(&goal, &lab).iter().map(ToString::to_string).collect();
        assert_eq!(commands, ["docker network connect --alias search prod es"]);
    }

    #[test]
    fn what_is_right_is_left_alone() {
        let lab = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("dev")])
            .done();
        assert_eq!(commands(&lab), [""; 0]);
    }

    #[test]
    fn aliases_addresses_and_subnets_are_put_right() {
        let mut goal = goal();
        goal.networks[0].subnet = Some("10.66.0.0/16".parse().unwrap());
        goal.networks[0].internal = true;
        let endpoint = &mut goal.containers[0].endpoints[0];
        endpoint.aliases = vec!["search me".into()];
        endpoint.ip = Some("10.66.66.66".parse().unwrap());
        let lab = Draft::default()
            .network("dev")
            .container("es", &[Attach::to("dev")])
            .done();
        let commands: Vec<String> = remedies(&goal, &lab).iter().map(ToString::to_string).collect();
        let expected = [
            "docker network rm dev",
            "docker network create --subnet 10.66.0.0/16 --internal dev",
            "docker network disconnect dev es",
            "docker network connect --alias 'search me' --ip 10.66.66.66 dev es",
        ];
        assert_eq!(commands, expected);
    }

    #[test]
    fn a_word_is_quoted_only_where_it_must() {
        assert_eq!(quoted("alpine:3.20"), "alpine:3.20");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
