//! Fields of a mapping, read with the reason when they are not what they should be.
use crate::yaml::Node;

/// A mapping and what it is called in messages.
pub(super) struct Fields<'a> {
    node: &'a Node,
    what: &'static str,
}

impl<'a> Fields<'a> {
    pub(super) fn new(node: &'a Node, what: &'static str) -> Result<Self, String> {
        match node {
            Node::Map(_) => Ok(Self { node, what }),
            _ => Err(format!("{what} is not a mapping")),
        }
    }

    /// Refuses a key that is not among these: its meaning would be lost.
    pub(super) fn known(&self, keys: &[&str]) -> Result<(), String> {
        if let Node::Map(entries) = self.node {
            for (key, value) in entries {
                if !keys.contains(&key.as_str()) && *value != Node::Null {
                    return Err(format!("{}: the field {key} is not supported", self.what));
                }
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Node::text)
    }

    /// The word of a key in lower case; empty when it is not there.
    pub(super) fn word(&self, key: &str) -> String {
        self.text(key).unwrap_or_default().trim().to_lowercase()
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, String> {
        match self.word(key).as_str() {
            "" | "false" | "no" | "off" => Ok(false),
            "true" | "yes" | "on" => Ok(true),
            _ => Err(format!("{}: {key} is not true or false", self.what)),
        }
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<usize>, String> {
        self.text(key)
            .map(|text| {
                text.trim()
                    .parse()
                    .map_err(|_| format!("{}: {key} is not a number", self.what))
            })
            .transpose()
    }

    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(texts_of).unwrap_or_default()
    }

    pub(super) fn list(&self, key: &str) -> &'a [Node] {
        self.get(key).map(one_or_more).unwrap_or_default()
    }
}

/// A list's items, or the one thing that stands where a list may.
pub(super) fn one_or_more(node: &Node) -> &[Node] {
    match node {
        Node::List(items) => items,
        Node::Null => &[],
        other => std::slice::from_ref(other),
    }
}

/// Texts of a list or of one scalar.
pub(super) fn texts_of(node: &Node) -> Vec<String> {
    one_or_more(node)
        .iter()
        .filter_map(Node::text)
        .map(str::to_owned)
        .collect()
}
