//! `flow`: which request blocks run, as calls joined by `&&`, `||`, `!` and statements.
//!
//! All but some twenty of the public flows are that; the others are programs and are refused.

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// Runs a block: the protocol's word and the block's number from 1, or all of them.
    Call(String, Option<usize>),
    /// True when not.
    Not(Box<Flow>),
    /// The second runs only when the first is true.
    And(Box<Flow>, Box<Flow>),
    /// The second runs only when the first is not true.
    Or(Box<Flow>, Box<Flow>),
    /// One after the other, whatever they say; the last decides.
    Sequence(Vec<Flow>),
}

/// Deepest nesting; real flows have one level.
const DEPTH_MAX: usize = 32;

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Flow {
    /// Reads a flow.
    ///
    /// # Errors
    /// A sentence when it is a program.
    pub fn new(source: &str) -> Result<Self, String> {
        let plain: String = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let mut reader = Reader {
            rest: &plain,
            depth: 0,
        };
        let mut steps = Vec::new();
        loop {
            reader.rest = reader
                .rest
                .trim_start_matches(|c: char| c.is_whitespace() || c == ';');
            if reader.rest.is_empty() {
                break;
            }
            steps.push(reader.any()?);
        }
        match (steps.len(), steps.pop()) {
            (_, None) => Err("flow is empty".to_owned()),
            (1, Some(only)) => Ok(only),
            (_, Some(last)) => {
                steps.push(last);
                Ok(Self::Sequence(steps))
            }
        }
    }

    /// Every block it calls.
    pub fn calls(&self) -> Vec<(&str, Option<usize>)> {
        match self {
            Self::Call(protocol, number) => vec![(protocol, *number)],
            Self::Not(flow) => flow.calls(),
            Self::And(left, right) | Self::Or(left, right) => {
                [left.calls(), right.calls()].concat()
            }
            Self::Sequence(steps) => steps.iter().flat_map(Self::calls).collect(),
        }
    }
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn any(&mut self) -> Result<Flow, String> {
        let mut left = self.all()?;
        while self.take("||") {
            left = Flow::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Flow, String> {
        let mut left = self.one()?;
        while self.take("&&") {
            left = Flow::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Flow, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("flow is nested too deeply".to_owned());
        }
        let flow = if self.take("!") {
            Flow::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let inner = self.any()?;
            if !self.take(")") {
                return Err(self.program());
            }
            inner
        } else {
            self.call()?
        };
        self.depth -= 1;
        Ok(flow)
    }

    fn call(&mut self) -> Result<Flow, String> {
        let refused = self.program();
        let rest = self.rest.trim_start();
        let (word, after) = rest.split_once('(').ok_or_else(|| refused.clone())?;
        let (inside, after) = after.split_once(')').ok_or_else(|| refused.clone())?;
        let word = word.trim();
        let number = match inside.trim().trim_matches(['"', '\'']) {
            "" => None,
            number => Some(
                number
                    .parse()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(|| refused.clone())?,
            ),
        };
        let protocol = match word {
            "http" | "dns" | "ssl" => word,
            "tcp" | "network" => "tcp",
            _ => return Err(refused),
        };
        self.rest = after;
        Ok(Flow::Call(protocol.to_owned(), number))
    }

    fn program(&self) -> String {
        let word: String = self.rest.trim_start().chars().take(40).collect();
        format!("flow needs JavaScript at {word:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::Flow;

    #[test]
    fn calls_join_and_programs_are_refused() {
        let flow = Flow::new("http(1) && (http(2) || !dns())\n").unwrap();
        assert_eq!(
            flow.calls(),
            [("http", Some(1)), ("http", Some(2)), ("dns", None)]
        );
        assert!(matches!(Flow::new("http(1);\nhttp(2);"), Ok(Flow::Sequence(s)) if s.len() == 2));
        assert!(Flow::new("for (let x of y) { http(1) }").is_err());
        assert!(Flow::new("http(1) && set('a', 1)").is_err());
        assert!(Flow::new(&"(".repeat(1_000)).is_err());
        assert!(Flow::new("").is_err());
    }
}
