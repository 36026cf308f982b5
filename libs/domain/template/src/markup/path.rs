//! The part of `XPath` that templates use.
use std::ops::ControlFlow;

use super::{NODES_MAX, Page};

/// A path into a page.
#[derive(Debug)]
pub struct Path {
    alternatives: Vec<Vec<Step>>,
}

#[derive(Debug)]
struct Step {
    is_deep: bool,
    what: What,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
enum What {
    Element(String),
    Any,
    Text,
    Attribute(String),
    Parent,
    Itself,
}

#[derive(Debug)]
enum Condition {
    Number(usize),
    Last,
    /// All of: a place, how it compares, and with what.
    Holds(Vec<(Place, Comparison, String)>),
}

#[derive(Debug)]
enum Place {
    Attribute(String),
    Text,
    Child(String),
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Exists,
    Is,
    IsNot,
    Contains,
    StartsWith,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// A sentence when it uses what this subset does not have.
    pub fn new(source: &str) -> Result<Self, String> {
        let refused = || format!("xpath {source:?} uses what is not supported");
        let alternatives = source
            .split(" | ")
            .map(|path| read_path(path.trim()).ok_or_else(refused))
            .collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// The nodes it leads to, in order of the page.
    pub fn select(&self, page: &Page) -> Vec<usize> {
        let mut all = Vec::new();
        for steps in &self.alternatives {
            let mut nodes = vec![0];
            for step in steps {
                nodes = step.take(page, &nodes);
            }
            all.extend(nodes);
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn read_path(path: &str) -> Option<Vec<Step>> {
    let mut rest = path
        .strip_prefix('.')
        .filter(|r| r.starts_with('/'))
        .unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let is_deep = rest.starts_with("//");
        rest = rest
            .strip_prefix("//")
            .or_else(|| rest.strip_prefix('/'))
            .unwrap_or(rest);
        let end = rest.find(['/', '[']).unwrap_or(rest.len());
        let (name, mut after) = rest.split_at(end);
        let what = match name.trim() {
            "" => return None,
            "*" => What::Any,
            "text()" => What::Text,
            ".." => What::Parent,
            "." => What::Itself,
            name => match name.strip_prefix('@') {
                Some(name) => What::Attribute(name.to_ascii_lowercase()),
                None if is_name(name) => What::Element(name.to_ascii_lowercase()),
                None => return None,
            },
        };
        let mut conditions = Vec::new();
        while let Some(inner) = after.strip_prefix('[') {
            let end = closing(inner)?;
            conditions.push(read_condition(inner.get(..end)?.trim())?);
            after = inner.get(end + 1..)?;
        }
        steps.push(Step {
            is_deep,
            what,
            conditions,
        });
        rest = after;
    }
    (!steps.is_empty()).then_some(steps)
}

fn is_name(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
}

/// Where the bracket ends, quotes considered.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let found = text.char_indices().try_for_each(|(at, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ']') => return ControlFlow::Break(at),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    found.break_value()
}

fn read_condition(text: &str) -> Option<Condition> {
    if text == "last()" {
        return Some(Condition::Last);
    }
    if let Ok(number) = text.parse() {
        return Some(Condition::Number(number));
    }
    text.split(" and ")
        .map(|part| read_comparison(part.trim()))
        .collect::<Option<_>>()
        .map(Condition::Holds)
}

fn read_comparison(text: &str) -> Option<(Place, Comparison, String)> {
    for (function, comparison) in [
        ("contains(", Comparison::Contains),
        ("starts-with(", Comparison::StartsWith),
    ] {
        if let Some(inner) = text.strip_prefix(function) {
            let (place, value) = inner.strip_suffix(')')?.split_once(',')?;
            return Some((place_of(place.trim())?, comparison, quoted(value.trim())?));
        }
    }
    for (sign, comparison) in [("!=", Comparison::IsNot), ("=", Comparison::Is)] {
        if let Some((place, value)) = text.split_once(sign) {
            return Some((place_of(place.trim())?, comparison, quoted(value.trim())?));
        }
    }
    Some((place_of(text)?, Comparison::Exists, String::new()))
}

fn place_of(text: &str) -> Option<Place> {
    match text {
        "text()" | "." | "normalize-space()" | "normalize-space(text())" => Some(Place::Text),
        _ => match text.strip_prefix('@') {
            Some(name) if is_name(name) => Some(Place::Attribute(name.to_ascii_lowercase())),
            None if is_name(text) && !text.is_empty() => {
                Some(Place::Child(text.to_ascii_lowercase()))
            }
            _ => None,
        },
    }
}

fn quoted(text: &str) -> Option<String> {
    ['"', '\'']
        .iter()
        .find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q))
        .map(str::to_owned)
}

impl Step {
    fn take(&self, page: &Page, from: &[usize]) -> Vec<usize> {
        let mut out = Vec::new();
        for id in from {
            let mut around = Vec::new();
            match (&self.what, self.is_deep) {
                (What::Parent, _) => around.extend(page.nodes.get(*id).map(|node| node.parent)),
                (What::Itself | What::Attribute(_), false) => around.push(*id),
                (_, true) => page.below(*id, &mut around),
                (_, false) => around.extend(
                    page.nodes
                        .get(*id)
                        .map(|n| n.children.clone())
                        .unwrap_or_default(),
                ),
            }
            around.retain(|id| self.fits(page, *id));
            out.extend(self.conditioned(page, around));
            // Nobody needs more nodes than a page has.
            if out.len() > NODES_MAX {
                break;
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    fn fits(&self, page: &Page, id: usize) -> bool {
        let is_element = !page.name(id).is_empty();
        match &self.what {
            What::Element(name) => page.name(id) == name,
            What::Any => is_element,
            What::Text => id != 0 && !is_element,
            What::Attribute(name) => page.attribute(id, name).is_some(),
            What::Parent | What::Itself => true,
        }
    }

    /// Positions count among the siblings of one parent.
    fn conditioned(&self, page: &Page, mut nodes: Vec<usize>) -> Vec<usize> {
        for condition in &self.conditions {
            nodes = match condition {
                Condition::Holds(all) => nodes
                    .into_iter()
                    .filter(|id| all.iter().all(|one| holds(page, *id, one)))
                    .collect(),
                position => {
                    let mut by_parent = std::collections::BTreeMap::<usize, Vec<usize>>::new();
                    for id in nodes {
                        let parent = page.nodes.get(id).map_or(0, |node| node.parent);
                        by_parent.entry(parent).or_default().push(id);
                    }
                    let chosen = |list: Vec<usize>| match position {
                        Condition::Number(number) => list.get(number.checked_sub(1)?).copied(),
                        _ => list.last().copied(),
                    };
                    by_parent.into_values().filter_map(chosen).collect()
                }
            };
        }
        nodes
    }
}

fn holds(page: &Page, id: usize, (place, comparison, value): &(Place, Comparison, String)) -> bool {
    let text = match place {
        Place::Attribute(name) => page.attribute(id, name).map(str::to_owned),
        Place::Text => Some(page.shown(id, "").trim().to_owned()),
        Place::Child(name) => page.nodes.get(id).and_then(|node| {
            let child = node
                .children
                .iter()
                .find(|child| page.name(**child) == name)?;
            Some(page.shown(*child, "").trim().to_owned())
        }),
    };
    text.is_some_and(|text| match comparison {
        Comparison::Exists => true,
        Comparison::Is => text == *value,
        Comparison::IsNot => text != *value,
        Comparison::Contains => text.contains(value.as_str()),
        Comparison::StartsWith => text.starts_with(value.as_str()),
    })
}
