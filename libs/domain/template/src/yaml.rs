//! YAML as templates use it: a tree that keeps each scalar's own text and each mapping's order.
//!
//! Typed deserializers turn `007`, `1e3` or `yes` into numbers and flags before anybody asked;
//! templates mean the text. Sizes are bounded, so that aliases cannot multiply a small file.
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Most nodes of one document, aliases counted each time; the largest public template has some
/// ten thousand lines of payloads.
const NODES_MAX: usize = 200_000;
/// Deepest nesting; real templates reach eight.
const DEPTH_MAX: usize = 48;

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as written.
    Scalar {
        /// Its text after YAML's own unescaping.
        text: String,
        /// Whether it was written without quotes, so that it may mean a number or a flag.
        is_plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
        .filter(|value| **value != Self::Null)
    }

    /// A scalar's text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

struct Builder<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

/// Reads the first document of a text.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    loop {
        match builder.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Node::Null),
            event => return builder.node(event, 0).map(|(node, _)| node),
        }
    }
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    /// A node and how many nodes it holds.
    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<(Node, usize), String> {
        if depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        let (node, size, anchor) = match event {
            Event::Alias(id) => {
                let (node, size) = self
                    .anchors
                    .get(&id)
                    .cloned()
                    .ok_or("an alias of an unknown anchor")?;
                (node, size, 0)
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                (scalar(&text, is_plain), 1, anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let (mut list, mut size) = (Vec::new(), 1);
                loop {
                    let event = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    let (item, more) = self.node(event, depth + 1)?;
                    list.push(item);
                    size += more;
                }
                (Node::List(list), size, anchor)
            }
            Event::MappingStart(anchor, _) => {
                let (entries, size) = self.entries(depth)?;
                (Node::Map(entries), size, anchor)
            }
            _ => return Err("an unexpected end".to_owned()),
        };
        self.nodes += size;
        if self.nodes > NODES_MAX * DEPTH_MAX || size > NODES_MAX {
            return Err(format!("more than {NODES_MAX} nodes"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn entries(&mut self, depth: usize) -> Result<(Vec<(String, Node)>, usize), String> {
        let (mut entries, mut merged, mut size) = (Vec::<(String, Node)>::new(), Vec::new(), 1);
        loop {
            let event = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let (key, _) = self.node(event, depth + 1)?;
            let event = self.next()?;
            let (value, more) = self.node(event, depth + 1)?;
            size += more + 1;
            if size > NODES_MAX {
                return Err(format!("more than {NODES_MAX} nodes"));
            }
            match key {
                Node::Scalar {
                    text,
                    is_plain: true,
                } if text == "<<" => merged.push(value),
                Node::Scalar { text, .. } => {
                    if entries.iter().any(|(name, _)| *name == text) {
                        return Err(format!("the key {text:?} occurs twice"));
                    }
                    entries.push((text, value));
                }
                Node::Null => entries.push((String::new(), value)),
                _ => return Err("a key that is not a scalar".to_owned()),
            }
        }
        for base in merged {
            if let Node::Map(base) = base {
                for (name, value) in base {
                    if !entries.iter().any(|(known, _)| *known == name) {
                        entries.push((name, value));
                    }
                }
            }
        }
        Ok((entries, size))
    }
}

fn scalar(text: &str, is_plain: bool) -> Node {
    if is_plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Node::Null;
    }
    Node::Scalar {
        text: text.to_owned(),
        is_plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, parse};

    #[test]
    fn scalars_keep_their_text_and_mappings_their_order() {
        let node = parse("b: 007\na: [yes, '1', ~]\nc: |\n  x\n  y\n").unwrap();
        let Node::Map(entries) = &node else { panic!() };
        let keys: Vec<_> = entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["b", "a", "c"]);
        assert_eq!(node.get("b").unwrap().text(), Some("007"));
        assert_eq!(node.get("c").unwrap().text(), Some("x\ny\n"));
    }

    #[test]
    fn aliases_cannot_multiply_a_small_file() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let item = format!("*a{}", level - 1);
            let items = vec![item; 10].join(", ");
            bomb.extend(format!("a{level}: &a{level} [{items}]\n").chars());
        }
        assert!(parse(&bomb).unwrap_err().contains("nodes"));
        let deep = "[".repeat(10_000);
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn a_key_that_occurs_twice_is_refused() {
        assert!(parse("a: 1\na: 2\n").is_err());
    }
}
