//! Pages as trees, read the forgiving way.

mod path;

pub use path::Path;

/// Most nodes kept of one page, and deepest nesting; the rest is read as siblings.
const NODES_MAX: usize = 100_000;
const DEPTH_MAX: usize = 256;

/// A page.
#[derive(Debug, Default)]
pub struct Page {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Lower case; empty for a text and for the root.
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    parent: usize,
    children: Vec<usize>,
}

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Elements that an equal one or their container's end closes.
const CLOSED_BY_SAME: &[&str] = &["li", "p", "tr", "td", "th", "option", "dt", "dd"];

/// Reads HTML or XML.
pub(crate) fn read(text: &str) -> Page {
    let mut page = Page {
        nodes: vec![Node::default()],
    };
    let mut open = vec![0_usize];
    let mut rest = text;
    while !rest.is_empty() && page.nodes.len() < NODES_MAX {
        let step = match rest.strip_prefix('<') {
            Some(tag) => read_tag(tag, &mut page, &mut open),
            None => None,
        };
        if let Some(after) = step {
            rest = after;
            continue;
        }
        let skip = usize::from(rest.starts_with('<'));
        let end = rest
            .get(skip..)
            .and_then(|r| r.find('<'))
            .map_or(rest.len(), |at| at + skip);
        let (plain, after) = rest.split_at(end);
        page.add_text(&unescape(plain), &open);
        rest = after;
    }
    page
}

/// Reads what follows a `<`; what is left, or none when it is no tag.
fn read_tag<'a>(tag: &'a str, page: &mut Page, open: &mut Vec<usize>) -> Option<&'a str> {
    if let Some(comment) = tag.strip_prefix("!--") {
        return Some(comment.split_once("-->").map_or("", |(_, after)| after));
    }
    if let Some(data) = tag.strip_prefix("![CDATA[") {
        let (text, after) = data.split_once("]]>").unwrap_or((data, ""));
        page.add_text(text, open);
        return Some(after);
    }
    if tag.starts_with(['!', '?']) {
        return Some(tag.split_once('>').map_or("", |(_, after)| after));
    }
    if let Some(end) = tag.strip_prefix('/') {
        let (name, after) = end.split_once('>').unwrap_or((end, ""));
        let name = name.trim().to_ascii_lowercase();
        let found = open.iter().rposition(|id| page.name(*id) == name);
        if let Some(depth) = found.filter(|depth| *depth > 0) {
            open.truncate(depth);
        }
        return Some(after);
    }
    if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let (name, attributes, is_closed, after) = read_element(tag);
    if CLOSED_BY_SAME.contains(&name.as_str())
        && open.last().is_some_and(|id| page.name(*id) == name)
    {
        open.pop();
    }
    let is_void = is_closed || VOID.contains(&name.as_str());
    let is_raw = matches!(name.as_str(), "script" | "style" | "textarea" | "title");
    let id = page.add(
        Node {
            name: name.clone(),
            attributes,
            ..Node::default()
        },
        open,
    );
    if is_void || open.len() >= DEPTH_MAX {
        return Some(after);
    }
    if is_raw {
        let lower = after.to_ascii_lowercase();
        let end = lower.find(&format!("</{name}")).unwrap_or(after.len());
        let (inner, rest) = after.split_at(end);
        page.add_text(&unescape(inner), &[id]);
        return Some(rest.split_once('>').map_or("", |(_, rest)| rest));
    }
    open.push(id);
    Some(after)
}

type Element<'a> = (String, Vec<(String, String)>, bool, &'a str);

fn read_element(tag: &str) -> Element<'_> {
    let end = tag
        .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
        .unwrap_or(tag.len());
    let (name, mut rest) = tag.split_at(end);
    let (mut attributes, mut is_closed) = (Vec::new(), false);
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break;
        }
        if let Some(after) = rest.strip_prefix('/') {
            is_closed = after.starts_with('>');
            rest = after;
            continue;
        }
        if rest.is_empty() {
            break;
        }
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .map_or(rest.len(), |(at, _)| at);
        let (key, after) = rest.split_at(end);
        rest = after;
        let mut value = "";
        if let Some(after) = after.trim_start().strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        if attributes.len() < 256 {
            attributes.push((key.to_ascii_lowercase(), unescape(value)));
        }
    }
    (name.to_ascii_lowercase(), attributes, is_closed, rest)
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Characters for the common entities and all numeric ones.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let found = entity.and_then(|(name, tail)| Some((entity_of(name)?, tail)));
        let (c, tail) = found.unwrap_or(('&', after));
        out.push(c);
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn entity_of(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        _ => return None,
    })
}

impl Page {
    fn name(&self, id: usize) -> &str {
        self.nodes.get(id).map_or("", |node| node.name.as_str())
    }

    fn add(&mut self, mut node: Node, open: &[usize]) -> usize {
        let (id, parent) = (self.nodes.len(), open.last().copied().unwrap_or_default());
        node.parent = parent;
        self.nodes.push(node);
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(id);
        }
        id
    }

    fn add_text(&mut self, text: &str, open: &[usize]) {
        if !text.is_empty() {
            let node = Node {
                text: text.to_owned(),
                ..Node::default()
            };
            self.add(node, open);
        }
    }

    /// The text under a node, or one of its attributes.
    pub fn shown(&self, id: usize, attribute: &str) -> String {
        if attribute.is_empty() {
            let mut text = String::new();
            self.each_below(id, &mut |node| text.push_str(&node.text));
            return text;
        }
        self.attribute(id, attribute).unwrap_or_default().to_owned()
    }

    fn attribute(&self, id: usize, name: &str) -> Option<&str> {
        let node = self.nodes.get(id)?;
        let found = node.attributes.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    fn each_below(&self, id: usize, see: &mut dyn FnMut(&Node)) {
        if let Some(node) = self.nodes.get(id) {
            see(node);
            for child in &node.children {
                self.each_below(*child, see);
            }
        }
    }

    fn below(&self, id: usize, out: &mut Vec<usize>) {
        if let Some(node) = self.nodes.get(id) {
            for child in &node.children {
                out.push(*child);
                self.below(*child, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, read};

    const PAGE: &str = r#"<!doctype html><html><head><title>A &amp; B</title></head><body>
        <div id=main class="x y"><ul><li>one<li>two</ul><a href="/v1.2">link</a></div>
        <script>if (a < b) { "<div>" }</script><input name='token' value="t1" /></body></html>"#;

    fn texts(path: &str, attribute: &str) -> Vec<String> {
        let page = read(PAGE);
        let nodes = Path::new(path).unwrap().select(&page);
        nodes.iter().map(|id| page.shown(*id, attribute)).collect()
    }

    #[test]
    fn paths_select_nodes() {
        assert_eq!(texts("/html/head/title", ""), ["A & B"]);
        assert_eq!(texts("//li[2]", ""), ["two"]);
        assert_eq!(texts("//li[last()]/text()", ""), ["two"]);
        assert_eq!(texts("//input[@name='token']", "value"), ["t1"]);
        assert_eq!(
            texts(
                "//*[contains(@class,'y')]/a[starts-with(@href,'/v')]",
                "href"
            ),
            ["/v1.2"]
        );
        assert_eq!(texts("//div", "id"), ["main"]);
        assert!(texts("//li[3]", "").is_empty());
        assert!(Path::new("//a[matches(., 'x')]").is_err());
        assert!(Path::new("").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_page_and_path_are_read_without_panic(page in "[<>/a-c=\"' !\\[\\]-]{0,80}", path in "[/a-c@\\[\\]()'=.*]{0,20}") {
            let page = read(&page);
            if let Ok(path) = Path::new(&path) {
                for id in path.select(&page) {
                    let _ = page.shown(id, "a");
                }
            }
        }
    }
}
