//! The value of an expression.
use super::{Expression, Operator, Term};
use crate::{
    pattern::Pattern,
    value::{Chance, Value, Values},
};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationFault {
    /// A name has no value here; some matchers take that as "does not apply".
    #[error("{0} has no value")]
    Unknown(String),
    /// Operands or arguments of the wrong kind.
    #[error("{0}")]
    Wrong(String),
}

impl EvaluationFault {
    pub(crate) fn wrong(why: impl Into<String>) -> Self {
        Self::Wrong(why.into())
    }
}

impl Expression {
    /// The value, given what names mean.
    ///
    /// # Errors
    /// [`EvaluationFault`] when a name has no value or a function cannot take its arguments.
    pub fn evaluate(&self, names: &Values, chance: &mut Chance) -> Result<Value, EvaluationFault> {
        self.root.evaluate(names, chance)
    }
}

impl Term {
    fn evaluate(&self, names: &Values, chance: &mut Chance) -> Result<Value, EvaluationFault> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Text(marked) => marked
                .fill(names, chance)
                .map(Value::Text)
                .map_err(|left| EvaluationFault::Unknown(left.join(", "))),
            Self::Name(name) => names
                .get(name)
                .cloned()
                .ok_or_else(|| EvaluationFault::Unknown(name.clone())),
            Self::Prefix(operator, term) => prefix(*operator, &term.evaluate(names, chance)?),
            Self::Binary(operator, left, right) => binary(*operator, left, right, names, chance),
            Self::Choice(condition, then, otherwise) => {
                if flag(&condition.evaluate(names, chance)?)? {
                    then.evaluate(names, chance)
                } else {
                    otherwise
                        .as_ref()
                        .map_or(Ok(Value::Null), |term| term.evaluate(names, chance))
                }
            }
            Self::List(terms) => terms
                .iter()
                .map(|term| term.evaluate(names, chance))
                .collect::<Result<_, _>>()
                .map(Value::List),
            Self::Call(function, terms, pattern) => {
                let arguments: Vec<Value> = terms
                    .iter()
                    .map(|term| term.evaluate(names, chance))
                    .collect::<Result<_, _>>()?;
                function.run(&arguments, pattern.as_deref(), chance)
            }
        }
    }
}

fn flag(value: &Value) -> Result<bool, EvaluationFault> {
    match value {
        Value::Flag(flag) => Ok(*flag),
        other => Err(EvaluationFault::wrong(format!(
            "{} is not true or false",
            crate::brief(&other.to_text())
        ))),
    }
}

fn prefix(operator: Operator, value: &Value) -> Result<Value, EvaluationFault> {
    match operator {
        Operator::Not => flag(value).map(|flag| Value::Flag(!flag)),
        Operator::Minus => number(value).map(|number| Value::Number(-number)),
        _ => whole(value).map(|bits| from_bits(!bits)),
    }
}

/// Operands of operators are not converted; only functions take a number's spelling.
fn number(value: &Value) -> Result<f64, EvaluationFault> {
    match value {
        Value::Number(number) => Ok(*number),
        other => Err(EvaluationFault::wrong(format!(
            "{} is not a number",
            crate::brief(&other.to_text())
        ))),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bit operators work on the whole part, as the language does"
)]
fn whole(value: &Value) -> Result<i64, EvaluationFault> {
    number(value).map(|number| number as i64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "every number of the language is a float"
)]
fn from_bits(bits: i64) -> Value {
    Value::Number(bits as f64)
}

fn binary(
    operator: Operator,
    left: &Term,
    right: &Term,
    names: &Values,
    chance: &mut Chance,
) -> Result<Value, EvaluationFault> {
    let left = match (operator, left.evaluate(names, chance)) {
        (Operator::Otherwise, Ok(Value::Null) | Err(EvaluationFault::Unknown(_))) => {
            return right.evaluate(names, chance);
        }
        (_, left) => left?,
    };
    match operator {
        Operator::Otherwise => return Ok(left),
        Operator::And if !flag(&left)? => return Ok(Value::Flag(false)),
        Operator::Or if flag(&left)? => return Ok(Value::Flag(true)),
        _ => {}
    }
    let right = right.evaluate(names, chance)?;
    apply(operator, &left, &right)
}

fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, EvaluationFault> {
    use Operator as O;
    let order = || -> Result<std::cmp::Ordering, EvaluationFault> {
        if let (Value::Text(a), Value::Text(b)) = (left, right) {
            return Ok(a.cmp(b));
        }
        number(left)?
            .partial_cmp(&number(right)?)
            .ok_or_else(|| EvaluationFault::wrong("not a number"))
    };
    let bits = |f: fn(i64, i64) -> i64| Ok(from_bits(f(whole(left)?, whole(right)?)));
    let shift = |f: fn(i64, u32) -> Option<i64>| {
        let by = u32::try_from(whole(right)?).unwrap_or(u32::MAX);
        Ok(from_bits(f(whole(left)?, by).unwrap_or_default()))
    };
    match operator {
        O::Or | O::And => flag(right).map(Value::Flag),
        O::Equal => Ok(Value::Flag(left == right)),
        O::Unequal => Ok(Value::Flag(left != right)),
        O::Less => Ok(Value::Flag(order()?.is_lt())),
        O::LessOrEqual => Ok(Value::Flag(order()?.is_le())),
        O::Greater => Ok(Value::Flag(order()?.is_gt())),
        O::GreaterOrEqual => Ok(Value::Flag(order()?.is_ge())),
        O::Matches | O::MatchesNot => {
            let pattern = Pattern::new(&right.to_text()).map_err(EvaluationFault::Wrong)?;
            let is_match = pattern.is_match(&left.to_bytes());
            Ok(Value::Flag(is_match == (operator == O::Matches)))
        }
        O::In => match right {
            Value::List(list) => Ok(Value::Flag(list.contains(left))),
            _ => Err(EvaluationFault::wrong("in needs a list")),
        },
        O::Plus => match (left, right) {
            (Value::Text(_), _) | (_, Value::Text(_)) => {
                let mut joined = left.to_bytes().to_vec();
                joined.extend_from_slice(&right.to_bytes());
                crate::function::bounded(joined)
            }
            _ => Ok(Value::Number(number(left)? + number(right)?)),
        },
        O::Minus => Ok(Value::Number(number(left)? - number(right)?)),
        O::Times => Ok(Value::Number(number(left)? * number(right)?)),
        O::Divide => Ok(Value::Number(number(left)? / number(right)?)),
        O::Modulo => Ok(Value::Number(number(left)? % number(right)?)),
        O::Power => Ok(Value::Number(number(left)?.powf(number(right)?))),
        O::BitAnd => bits(|a, b| a & b),
        O::BitOr => bits(|a, b| a | b),
        O::BitXor => bits(|a, b| a ^ b),
        O::ShiftLeft => shift(i64::checked_shl),
        O::ShiftRight => shift(i64::checked_shr),
        O::Not | O::BitNot | O::Otherwise => {
            Err(EvaluationFault::wrong("not an operator between two values"))
        }
    }
}
