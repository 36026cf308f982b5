//! The shortest way between two nodes, looked for from both ends.
use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Edge, Node};

/// Most nodes met from both ends together: what a person would follow is far shorter.
const MET_MAX: usize = 5_000;

/// One end's side of the search.
#[derive(Debug)]
struct Side {
    /// By which node each was met; none for the end itself.
    by: BTreeMap<Node, Option<Node>>,
    frontier: Vec<Node>,
}

impl Side {
    fn new(end: Node) -> Self {
        Self {
            by: [(end.clone(), None)].into(),
            frontier: vec![end],
        }
    }

    /// From a node back to the end.
    fn back_from(&self, node: &Node) -> Vec<Node> {
        let mut way = vec![node.clone()];
        let mut at = node;
        while let Some(Some(before)) = self.by.get(at) {
            way.push(before.clone());
            at = before;
        }
        way
    }
}

/// A search from both ends: ask for what hangs on [`Search::frontier`], tell it, until it ends.
#[derive(Debug)]
pub(crate) struct Search {
    sides: [Side; 2],
    /// The side that goes next.
    turn: usize,
    met: Option<Node>,
    truncated: bool,
}

impl Search {
    /// Between these.
    pub(crate) fn between(from: Node, to: Node) -> Self {
        let met = (from == to).then(|| from.clone());
        Self {
            sides: [Side::new(from), Side::new(to)],
            turn: 0,
            met,
            truncated: false,
        }
    }

    /// What is asked next; none when the search is over.
    pub(crate) fn frontier(&self) -> Option<&[Node]> {
        let met: usize = self.sides.iter().map(|side| side.by.len()).sum();
        if self.met.is_some() || met > MET_MAX {
            return None;
        }
        let frontier = self.sides.get(self.turn)?.frontier.as_slice();
        (!frontier.is_empty()).then_some(frontier)
    }

    /// Goes on to what lies behind the frontier; `is_cut` when there was more than is told here.
    pub(crate) fn step(&mut self, edges: &[Edge], is_cut: bool) {
        self.truncated |= is_cut;
        let [from, to] = &mut self.sides;
        let (side, other) = if self.turn == 0 {
            (from, to)
        } else {
            (to, from)
        };
        let behind: BTreeSet<Node> = std::mem::take(&mut side.frontier).into_iter().collect();
        for (owner, owned) in edges {
            for (here, there) in [(owner, owned), (owned, owner)] {
                if !behind.contains(here) || side.by.contains_key(there) {
                    continue;
                }
                side.by.insert(there.clone(), Some(here.clone()));
                side.frontier.push(there.clone());
                if other.by.contains_key(there) {
                    self.met = Some(there.clone());
                    return;
                }
            }
        }
        // The shorter frontier goes next; one that has ended has seen everything on its side.
        let [from, to] = &self.sides;
        let (one, other) = (from.frontier.len(), to.frontier.len());
        self.turn = usize::from(one == 0 || (other != 0 && other < one));
    }

    /// The way, in its order, and whether the search was given up.
    pub(crate) fn end(self) -> (Vec<Node>, bool) {
        let met: usize = self.sides.iter().map(|side| side.by.len()).sum();
        let given_up = self.truncated || met > MET_MAX;
        let [from, to] = &self.sides;
        let Some(met) = &self.met else {
            return (Vec::new(), given_up);
        };
        let mut way = from.back_from(met);
        way.reverse();
        way.extend(to.back_from(met).into_iter().skip(1));
        (way, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> Node {
        Node::Name(format!("{n}.example.com"))
    }

    /// Searches among edges that are all told of the nodes they touch.
    fn way(edges: &[(usize, usize)], from: usize, to: usize) -> (Vec<Node>, bool) {
        let mut search = Search::between(name(from), name(to));
        while let Some(frontier) = search.frontier() {
            let told: Vec<Edge> = edges
                .iter()
                .map(|(owner, owned)| (name(*owner), name(*owned)))
                .filter(|(owner, owned)| frontier.contains(owner) || frontier.contains(owned))
                .collect();
            search.step(&told, false);
        }
        search.end()
    }

    #[test]
    fn the_shortest_way_is_found_from_both_ends() {
        let edges = [(1, 2), (2, 3), (3, 4), (4, 5), (1, 6), (6, 5), (7, 8)];
        assert_eq!(way(&edges, 1, 5), (vec![name(1), name(6), name(5)], false));
        assert_eq!(way(&edges, 5, 1), (vec![name(5), name(6), name(1)], false));
        assert_eq!(way(&edges, 2, 2), (vec![name(2)], false));
        assert_eq!(way(&edges, 1, 8), (Vec::new(), false));
    }

    #[test]
    fn a_search_that_meets_too_much_is_given_up_and_says_so() {
        let wide: Vec<_> = (10..10 + MET_MAX).map(|n| (1, n)).collect();
        let (found, given_up) = way(&wide, 1, 2);
        assert!(found.is_empty());
        // The other end hangs on nothing; what hangs on this one is too much.
        assert!(given_up);
    }
}
