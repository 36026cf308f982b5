//! The outline of a run's report as a document.

use wt_model::TenantKey;
use wt_paper::{Block, Brand, Line, Paper, Reference};

use super::standing::severities;
use crate::domain::outline::{self, Outline, Section, Sentence, Span, ranges};

/// The document; links begin with `home`, where the organization's screens are.
pub(crate) fn paper(outline: &Outline, brand: Brand, home: &str) -> Paper {
    let mut blocks = Vec::new();
    if !outline.open_by_severity.is_empty() {
        blocks.push(severities(&outline.open_by_severity));
    }
    blocks.extend(outline.sections.iter().flat_map(section));
    if !outline.references.is_empty() {
        let references = outline.references.iter();
        blocks.push(Block::Heading("References".to_owned()));
        blocks.push(Block::References(
            references.map(|it| reference(it, home)).collect(),
        ));
    }
    Paper {
        brand,
        title: outline.title.clone(),
        blocks,
    }
}

fn section(section: &Section) -> [Block; 2] {
    [
        Block::Heading(section.heading.to_owned()),
        Block::Bullets(section.sentences.iter().map(sentence).collect()),
    ]
}

fn sentence(sentence: &Sentence) -> Line {
    Line {
        text: sentence
            .spans
            .iter()
            .map(|span| match span {
                Span::Plain(text) | Span::Quoted(text) => text.as_str(),
            })
            .collect(),
        cites: ranges(&sentence.cites),
    }
}

fn reference(reference: &outline::Reference, home: &str) -> Reference {
    let outline::Reference { key, title, place } = reference;
    Reference {
        key: key.clone(),
        url: exposure_url(home, key),
        text: format!("{title}, {place}"),
    }
}

/// The first part of every link into an organization: `/o/$org` of `web/src/app/routes.ts`.
/// `public_url` has no slash at its end.
pub(crate) fn home(public_url: &str, tenant: TenantKey) -> String {
    format!("{public_url}/o/{tenant}")
}

/// Where an exposure is shown. A key holds letters, digits and underscores; anything else has no
/// place in an address.
pub(crate) fn exposure_url(home: &str, key: &str) -> String {
    let word: String = key
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    format!("{home}/exposures/{word}")
}

#[cfg(test)]
mod tests {
    use wt_paper::{Block, Brand};

    use super::{home, paper};
    use crate::domain::outline::{Outline, Reference, Section, Sentence, Span};

    const ORG: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    #[test]
    fn every_number_leads_to_its_exposure_and_no_key_leads_elsewhere() {
        let outline = Outline {
            title: "Scan".to_owned(),
            open_by_severity: Vec::new(),
            sections: vec![Section {
                heading: "What changed",
                sentences: vec![Sentence {
                    spans: vec![
                        Span::Quoted("Expired".to_owned()),
                        Span::Plain(" is new.".to_owned()),
                    ],
                    cites: vec![1, 2, 3, 5],
                }],
            }],
            references: vec![Reference {
                key: "exp1_a/../x?y".to_owned(),
                title: "Expired".to_owned(),
                place: "h:443".to_owned(),
            }],
        };
        let home = home("https://wt.example", ORG.parse().unwrap());
        let blocks = paper(&outline, Brand::default(), &home).blocks;
        let Some(Block::Bullets(lines)) = blocks.get(1) else {
            panic!("{blocks:?}")
        };
        assert_eq!(lines[0].text, "Expired is new.");
        assert_eq!(lines[0].cites, [(1, 3), (5, 5)]);
        let Some(Block::References(references)) = blocks.last() else {
            panic!("{blocks:?}")
        };
        assert_eq!(
            references[0].url,
            format!("https://wt.example/o/{ORG}/exposures/exp1_axy")
        );
        assert_eq!(references[0].text, "Expired, h:443");
    }
}
