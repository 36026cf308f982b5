//! Looking for bytes in bytes.

/// Where a part first begins; the empty part begins everything.
pub(crate) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let Some((first, rest)) = part.split_first() else {
        return Some(0);
    };
    let mut from = 0;
    while let Some(tail) = text.get(from..) {
        let at = from + tail.iter().position(|byte| byte == first)?;
        if text
            .get(at + 1..)
            .is_some_and(|after| after.starts_with(rest))
        {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether a part occurs.
pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}
