//! Builds one deterministic automaton over digits from the regions of all calling codes. The
//! automaton is minimal: equal nodes are shared.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
};

use crate::{
    GEOGRAPHIC, KINDS, MOBILE,
    nfa::{Nfa, State},
};

/// No node, or no label.
pub const NONE: u16 = 0;
/// Numbers of several groups follow.
const SEVERAL: u16 = u16::MAX;
/// Numbers of several groups follow, and only their lengths tell them apart.
const BY_LENGTH: u16 = u16::MAX - 1;
/// The most digits of an international number, including the calling code (ITU-T E.164 §6.2.1).
const MAX_DIGITS: usize = 15;
/// The kind of a number that is both geographic and mobile.
const BOTH: usize = KINDS.len();

/// A region of a calling code, described by patterns of national numbers. The patterns also
/// determine the lengths.
pub struct Region {
    pub id: String,
    /// The first digits that all numbers of the region, and of no other region, have.
    pub leading: Option<String>,
    /// A pattern that every number of the region matches.
    pub any: String,
    /// The pattern of each kind, in the order in which kinds are tried.
    pub kinds: Vec<(usize, String)>,
}

impl Region {
    pub fn new(id: &str) -> Region {
        let (leading, any, kinds) = (None, String::new(), Vec::new());
        Region { id: id.to_owned(), leading, any, kinds }
    }
}

/// The facts about a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label {
    /// The index of the region among all regions.
    pub region: usize,
    pub code: u16,
    /// The kind. `None` if no such number exists.
    pub kind: Option<usize>,
}

/// The label of the number that ends here, the only label of numbers that exist here or further on
/// (or `SEVERAL`, or `BY_LENGTH`), and the nodes of the ten digits. The first node is not used.
type Node = [u16; 12];

#[derive(Default)]
pub struct Automaton {
    nodes: Vec<Node>,
    by_node: HashMap<Node, u16>,
    labels: Vec<Label>,
    by_label: HashMap<Label, u16>,
    regions: usize,
}

/// One calling code that is being added.
struct Code<'a> {
    code: u16,
    regions: &'a [Region],
    nfa: Nfa,
    /// The nodes made so far, by sorted states and number of digits read.
    seen: HashMap<(Vec<usize>, usize), u16>,
}

impl Automaton {
    /// All nodes. A number is found by a walk from the node of its calling code.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All labels. Label 1 is the first.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Adds the regions of `code`. Returns the node after the calling code.
    pub fn add(&mut self, code: u16, regions: &[Region]) -> Result<u16, Box<dyn Error>> {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut nfa = Nfa::default();
        let mut starts = Vec::new();
        for (at, region) in regions.iter().enumerate() {
            starts.push(nfa.add(&region.any, State::Match(rule(at, BOTH)))?);
            for (kind, pattern) in &region.kinds {
                starts.push(nfa.add(pattern, State::Match(rule(at, *kind)))?);
            }
            if let Some(leading) = &region.leading {
                starts.push(nfa.add(leading, State::Begins(at))?);
            }
        }
        let start = nfa.closure(starts);
        let mut adding = Code { code, regions, nfa, seen: HashMap::new() };
        let root = self.node(&mut adding, start, 0)?;
        self.regions += regions.len();
        Ok(root)
    }

    /// The node for `states`, which `read` national digits have led to.
    fn node(
        &mut self,
        adding: &mut Code,
        states: Vec<usize>,
        read: usize,
    ) -> Result<u16, Box<dyn Error>> {
        let key = (states, read);
        if let Some(node) = adding.seen.get(&key) {
            return Ok(*node);
        }
        let mut node = Node::default();
        let label = adding.label(&key.0, self.regions);
        let exists = label.is_some_and(|label| label.kind.is_some());
        node[0] = label.map_or(NONE, |label| self.label(label));
        node[1] = if exists { node[0] } else { NONE };
        if read + adding.code.to_string().len() < MAX_DIGITS && adding.goes_on(&key.0) {
            for digit in 0..10 {
                let next = adding.step(&key.0, digit);
                let next = self.node(adding, next, read + 1)?;
                node[2 + digit] = next;
            }
            node[1] = self.sole(&node);
        }
        let place = match self.by_node.get(&node) {
            Some(place) => *place,
            // Nothing is known here, and nothing follows.
            None if node == Node::default() => NONE,
            None => {
                let place = u16::try_from(self.nodes.len())?;
                self.nodes.push(node);
                self.by_node.insert(node, place);
                place
            }
        };
        adding.seen.insert(key, place);
        Ok(place)
    }

    /// What the numbers at `node` and further on have in common.
    fn sole(&self, node: &Node) -> u16 {
        let any_digit = node[3..].iter().all(|next| *next == node[2]);
        let sole = node[2..].iter().fold(node[1], |sole, next| {
            let next = self.nodes[usize::from(*next)][1];
            if any_digit && next == BY_LENGTH { next } else { join(sole, next) }
        });
        let child = self.nodes[usize::from(node[2])][1];
        if sole == SEVERAL && any_digit && child != SEVERAL { BY_LENGTH } else { sole }
    }

    fn label(&mut self, label: Label) -> u16 {
        *self.by_label.entry(label).or_insert_with(|| {
            self.labels.push(label);
            self.labels.len() as u16
        })
    }
}

impl Code<'_> {
    /// The label of the number that has led to `states`. The number belongs to the first region
    /// whose leading digits it has or whose pattern it matches.
    fn label(&self, states: &[usize], regions_before: usize) -> Option<Label> {
        let (mut matched, mut begun) = (HashSet::new(), HashSet::new());
        for state in states {
            match self.nfa.states[*state] {
                State::Match(rule) => matched.insert(rule),
                State::Begins(region) => begun.insert(region),
                State::Digits(..) | State::Split(_) => continue,
            };
        }
        if matched.is_empty() && begun.is_empty() && self.regions.len() > 1 {
            return None;
        }
        for at in 0..self.regions.len() {
            let has = |kind: usize| matched.contains(&rule(at, kind));
            let mut kind = None;
            if has(BOTH) {
                kind = (0..KINDS.len()).find(|kind| has(*kind));
                if kind == Some(GEOGRAPHIC) && has(MOBILE) {
                    kind = Some(BOTH);
                }
            }
            if kind.is_some() || begun.contains(&at) || self.regions.len() == 1 {
                return Some(Label { region: regions_before + at, code: self.code, kind });
            }
        }
        None
    }

    /// Whether longer numbers may be told apart.
    fn goes_on(&self, states: &[usize]) -> bool {
        states.iter().any(|state| matches!(self.nfa.states[*state], State::Digits(..)))
    }

    fn step(&self, states: &[usize], digit: usize) -> Vec<usize> {
        self.nfa.closure(states.iter().filter_map(|state| match self.nfa.states[*state] {
            State::Digits(set, next) => (set & 1 << digit != 0).then_some(next),
            State::Begins(_) => Some(*state),
            State::Match(_) | State::Split(_) => None,
        }))
    }
}

/// The number of the rule for `kind` (or for any kind, as `BOTH`) in the region with index `at`.
fn rule(at: usize, kind: usize) -> usize {
    at * (KINDS.len() + 1) + kind
}

/// What two sets of numbers have in common.
fn join(one: u16, other: u16) -> u16 {
    match (one, other) {
        (NONE, sole) | (sole, NONE) => sole,
        (one, other) if one == other && one != BY_LENGTH => one,
        (_, _) => SEVERAL,
    }
}
