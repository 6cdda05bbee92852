//! nftables spoken directly: no `nft` program, one transaction per Plan step.

mod decode;
mod encode;
mod numbers;

use std::io;
use std::os::fd::OwnedFd;

use super::error::NetlinkError;
use super::socket::{Request, Socket, bits};
use super::wire::Attributes;
use crate::engine::plan::{NftDeletion, NftExpression, NftObject, RuleGap};
use decode::ListedRule;
use encode::Position;
use numbers as n;

/// Rules to delete from one chain, by table and chain.
type WantedRules<'a> = ((&'a str, &'a str), Vec<&'a [NftExpression]>);

/// Objects per transaction: an unprivileged sender's buffer holds a few hundred rules, not a thousand (`EMSGSIZE`).
const TRANSACTION: usize = 200;

/// An nfnetlink socket in one network namespace, family `ip`.
#[derive(Debug)]
pub struct Nft {
    socket: Socket,
}

/// The IPv4 ruleset of a namespace, in the kernel's order, without handles and counters, so that two can be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSet {
    /// What a Plan could have written: tables, chains, maps, elements (sorted by interface), rules.
    pub objects: Vec<NftObject>,
    /// Rules that no Plan writes: table, chain, the kernel's encoding.
    pub foreign: Vec<(String, String, Vec<u8>)>,
}

impl Nft {
    /// In the calling thread's network namespace.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            socket: Socket::open(super::NETFILTER)?,
        })
    }

    /// Over a socket that somebody opened in another namespace.
    ///
    /// # Errors
    /// It is not a netlink socket.
    pub fn adopt(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::adopt(fd)?,
        })
    }

    /// Adds objects: all, or none. What exists already is an error, rules excepted.
    ///
    /// # Errors
    /// The kernel's refusal of the first that it refused.
    pub fn add(&mut self, objects: &[NftObject]) -> Result<(), NetlinkError> {
        for (done, chunk) in objects.chunks(TRANSACTION).enumerate() {
            let requests: Vec<Request> = (1u32..)
                .zip(chunk)
                .map(|(number, object)| encode::add(object, number))
                .collect();
            if let Err(refusal) = self.transaction(&requests) {
                // A second failure while cleaning up must not hide the first.
                if let Err(error) = self.delete(&objects[..done * TRANSACTION]) {
                    tracing::warn!(%error, "could not take back the first part of an nftables change");
                }
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Deletes objects, whatever order they are named in; those that somebody has already deleted do not matter.
    ///
    /// # Errors
    /// The kernel's refusal; then nothing was deleted.
    pub fn delete(&mut self, objects: &[NftObject]) -> Result<NftDeletion, NetlinkError> {
        let (mut requests, deletion) = self.plan_deletion(objects)?;
        if requests.is_empty() {
            return Ok(deletion);
        }
        match self.transaction(&requests) {
            // A transaction is all or nothing: one missing object must not keep the others alive.
            Err(error) if error.is_absent() => {
                requests.retain(|request| {
                    self.transaction(std::slice::from_ref(request))
                        .is_err_and(|e| !e.is_absent())
                });
                if requests.is_empty() {
                    Ok(deletion)
                } else {
                    self.transaction(&requests).map(|()| deletion)
                }
            }
            other => other.map(|()| deletion),
        }
    }

    /// Puts back what [`Self::delete`] took.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn restore(&mut self, deletion: &NftDeletion) -> Result<(), NetlinkError> {
        self.add(&deletion.objects)?;
        let requests: Vec<Request> = deletion
            .gaps
            .iter()
            .map(|gap| {
                let position = gap.after.map_or(Position::First, Position::After);
                encode::add_rule(&gap.table, &gap.chain, &gap.expressions, position)
            })
            .collect();
        self.transaction(&requests)
    }

    /// The whole IPv4 ruleset.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn ruleset(&mut self) -> Result<RuleSet, NetlinkError> {
        let mut objects = Vec::new();
        let mut foreign = Vec::new();
        objects.extend(self.list(n::GETTABLE, &Attributes::new(), decode::table)?);
        objects.extend(self.list(n::GETCHAIN, &Attributes::new(), decode::chain)?);
        let maps = self.list(n::GETSET, &Attributes::new(), decode::map)?;
        objects.extend(maps.iter().cloned());
        for object in &maps {
            if let NftObject::VerdictMap { table, map } = object {
                let filter = Attributes::new()
                    .string(n::ELEMENTS_TABLE, table)
                    .string(n::ELEMENTS_SET, map);
                let mut elements = self
                    .list(n::GETSETELEM, &filter, |a| Some(decode::elements(a)))?
                    .concat();
                elements.sort_by(|a, b| element_key(a).cmp(element_key(b)));
                objects.extend(elements);
            }
        }
        for rule in self.list(n::GETRULE, &Attributes::new(), decode::rule)? {
            match rule.expressions {
                Some(expressions) => {
                    objects.push(NftObject::Rule {
                        table: rule.table,
                        chain: rule.chain,
                        expressions,
                    });
                }
                None => foreign.push((rule.table, rule.chain, rule.raw)),
            }
        }
        Ok(RuleSet { objects, foreign })
    }

    fn rules(&mut self, table: &str, chain: &str) -> Result<Vec<ListedRule>, NetlinkError> {
        let filter = Attributes::new()
            .string(n::RULE_TABLE, table)
            .string(n::RULE_CHAIN, chain);
        let mut rules = match self.list(n::GETRULE, &filter, decode::rule) {
            Err(error) if error.is_absent() => Vec::new(),
            other => other?,
        };
        // Older kernels ignore the filter.
        rules.retain(|rule| rule.table == table && rule.chain == chain);
        Ok(rules)
    }

    fn list<T>(
        &mut self,
        kind: u16,
        filter: &Attributes,
        parse: fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, NetlinkError> {
        let mut request = encode::message(kind, 0, filter, "list nftables", String::new());
        request.flags = bits(libc::NLM_F_DUMP);
        let replies = self.socket.query(&request)?;
        Ok(replies
            .iter()
            .filter_map(|reply| parse(decode::attributes(&reply.body)))
            .collect())
    }

    fn transaction(&mut self, requests: &[Request]) -> Result<(), NetlinkError> {
        if requests.is_empty() {
            return Ok(());
        }
        let (begin, end) = encode::frame();
        self.socket.transaction(&begin, requests, &end)
    }

    /// Deletion in the order the kernel wants it: rules of chains that stay, elements, chains (with their rules), maps,
    /// tables. What a table or chain takes with it is not named again.
    fn plan_deletion(&mut self, objects: &[NftObject]) -> Result<(Vec<Request>, NftDeletion), NetlinkError> {
        let tables: Vec<&str> = objects.iter().filter_map(table_of).collect();
        let chains: Vec<(&str, &str)> = objects.iter().filter_map(chain_of).collect();
        let mut requests = Vec::new();
        let mut gaps = Vec::new();
        let mut wanted: Vec<WantedRules<'_>> = Vec::new();
        for object in objects {
            if let NftObject::Rule {
                table,
                chain,
                expressions,
            } = object
            {
                let place = (table.as_str(), chain.as_str());
                if tables.contains(&place.0) || chains.contains(&place) {
                    continue;
                }
                match wanted.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, rules)) => rules.push(expressions),
                    None => wanted.push((place, vec![expressions])),
                }
            }
        }
        for ((table, chain), rules) in wanted {
            let listed = self.rules(table, chain)?;
            for (handle, gap) in choose(&listed, &rules) {
                requests.push(encode::delete_rule(table, chain, handle));
                gaps.push(gap);
            }
        }
        let class = |object: &NftObject| match object {
            NftObject::JumpElement { table, .. } if !tables.contains(&table.as_str()) => Some(0),
            NftObject::Chain { table, .. } if !tables.contains(&table.as_str()) => Some(1),
            NftObject::VerdictMap { table, .. } if !tables.contains(&table.as_str()) => Some(2),
            NftObject::Table { .. } => Some(3),
            _ => None,
        };
        for wanted in 0..4 {
            requests.extend(
                objects
                    .iter()
                    .filter(|o| class(o) == Some(wanted))
                    .filter_map(encode::delete),
            );
        }
        let gone = |object: &&NftObject| match object {
            NftObject::Rule { table, chain, .. } => {
                tables.contains(&table.as_str()) || chains.contains(&(table.as_str(), chain.as_str()))
            }
            _ => true,
        };
        let objects = objects.iter().filter(gone).cloned().collect();
        Ok((requests, NftDeletion { objects, gaps }))
    }
}

/// Picks, for each wanted rule, the last listed one that says the same; returns handles and gaps so that adding the
/// gaps back in this order restores the chain: several behind the same survivor come last first.
fn choose(listed: &[ListedRule], wanted: &[&[NftExpression]]) -> Vec<(u64, RuleGap)> {
    let mut taken = vec![false; listed.len()];
    for rule in wanted {
        let same = |(i, listed): &(usize, &ListedRule)| !taken[*i] && listed.expressions.as_deref() == Some(*rule);
        let found = listed.iter().enumerate().filter(same).map(|(i, _)| i).next_back();
        if let Some(slot) = found.and_then(|i| taken.get_mut(i)) {
            *slot = true;
        }
    }
    let mut survivor = None;
    let mut chosen = Vec::new();
    for (rule, taken) in listed.iter().zip(taken) {
        if taken {
            chosen.push((
                rule.handle,
                RuleGap {
                    table: rule.table.clone(),
                    chain: rule.chain.clone(),
                    expressions: rule.expressions.clone().unwrap_or_default(),
                    after: survivor,
                },
            ));
        } else {
            survivor = Some(rule.handle);
        }
    }
    chosen.reverse();
    chosen
}

fn table_of(object: &NftObject) -> Option<&str> {
    match object {
        NftObject::Table { table } => Some(table),
        _ => None,
    }
}

fn chain_of(object: &NftObject) -> Option<(&str, &str)> {
    match object {
        NftObject::Chain { table, chain, .. } => Some((table, chain)),
        _ => None,
    }
}

fn element_key(object: &NftObject) -> &str {
    match object {
        NftObject::JumpElement { interface, .. } => interface,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(handle: u64, expression: NftExpression) -> ListedRule {
        ListedRule {
            table: "t".into(),
            chain: "c".into(),
            handle,
            expressions: Some(vec![expression]),
            raw: vec![],
        }
    }

    #[test]
    fn neighbours_that_go_together_come_back_in_order() {
        use NftExpression::{Accept, Counter, Drop, Masquerade};
        let listed = [rule(1, Accept), rule(2, Counter), rule(3, Drop), rule(4, Masquerade)];
        let (counter, drop) = (vec![Counter], vec![Drop]);
        let chosen = choose(&listed, &[&counter, &drop]);
        // Behind rule 1: first Drop, then Counter in front of it.
        assert_eq!(
            chosen
                .iter()
                .map(|(handle, gap)| (*handle, gap.after))
                .collect::<Vec<_>>(),
            [(3, Some(1)), (2, Some(1))]
        );
    }

    #[test]
    fn the_last_of_equal_rules_goes() {
        let listed = [rule(1, NftExpression::Accept), rule(2, NftExpression::Accept)];
        let accept = vec![NftExpression::Accept];
        assert_eq!(
            choose(&listed, &[&accept])
                .iter()
                .map(|(handle, _)| *handle)
                .collect::<Vec<_>>(),
            [2]
        );
        assert_eq!(choose(&listed, &[&accept, &accept, &accept]).len(), 2);
    }
}
