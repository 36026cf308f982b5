//! What another program reads out of the PDF (poppler: `make deps` installs it).
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

use std::{fs, process::Command};

use wt_paper::{
    Bars, Block, Brand, Cell, Chart, Column, Line, Logo, Paper, Reference, Rgb, Table, pdf,
};

/// What a program of poppler says about a file; none when it is not installed.
fn poppler(program: &str, options: &[&str], bytes: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paper.pdf");
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new(program);
    command.args(options).arg(&file);
    if program == "pdftotext" {
        command.arg("-");
    }
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            assert!(output.stderr.is_empty(), "{program}: {output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            println!("skipped: {program} can't be run ({error})");
            None
        }
    }
}

fn paper(foreign: &str, rows: usize) -> Paper {
    let row = |at: usize| {
        vec![
            Cell {
                text: format!("{foreign} row {at}"),
                url: format!("https://wt.example/o/org_1/exposures/exp1_{at}"),
                color: None,
            },
            Cell::text("high"),
            Cell::text("www.example.com:443"),
        ]
    };
    Paper {
        brand: Brand {
            footer: "Confidential".to_owned(),
            ..Brand::default()
        },
        title: format!("Report on {foreign}"),
        blocks: vec![
            Block::Heading("In short".to_owned()),
            Block::Bullets(vec![Line {
                text: format!("{foreign} is new."),
                cites: vec![(1, 1)],
            }]),
            Block::Facts(vec![("Host".to_owned(), foreign.to_owned())]),
            Block::Chart(Chart::Bars(Bars {
                title: "Open by severity".to_owned(),
                bars: vec![("critical".to_owned(), 3, Rgb(0x9b, 0x1c, 0x31))],
            })),
            Block::Table(Table {
                columns: vec![
                    Column::new("Title", 4),
                    Column::new("Severity", 1),
                    Column::new("Where", 2),
                ],
                rows: (0..rows).map(row).collect(),
            }),
            Block::Bytes(format!("GET / HTTP/1.1\r\nX: {foreign}\r\n")),
            Block::References(vec![Reference {
                key: "exp1_a".to_owned(),
                url: "https://wt.example/o/org_1/exposures/exp1_a".to_owned(),
                text: foreign.to_owned(),
            }]),
        ],
    }
}

#[test]
fn every_page_has_its_number_and_every_table_its_head() {
    let bytes = pdf(&paper("Expired certificate", 120)).unwrap();
    let Some(text) = poppler("pdftotext", &["-layout"], &bytes) else {
        return;
    };
    let pages: Vec<&str> = text
        .split('\u{c}')
        .filter(|page| !page.is_empty())
        .collect();
    assert!(pages.len() >= 3, "{}", pages.len());
    for (at, page) in pages.iter().enumerate() {
        let number = format!("Page {} of {}", at + 1, pages.len());
        assert!(
            page.contains(&number) && page.contains("Confidential"),
            "{page}"
        );
        let has_rows = page.contains("www.example.com:443");
        assert!(!has_rows || page.contains("Severity"), "{page}");
    }
    for at in 0..120 {
        assert!(
            text.contains(&format!("Expired certificate row {at}")),
            "{at}"
        );
    }
    assert!(text.contains("Expired certificate is new. [1]") && text.contains("GET / HTTP/1.1"));
}

#[test]
fn fonts_travel_with_the_file_and_only_the_letters_it_needs() {
    let bytes = pdf(&paper("Expired certificate", 3)).unwrap();
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let Some(fonts) = poppler("pdffonts", &[], &bytes) else {
        return;
    };
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 3, "{fonts}");
    for row in rows {
        // Embedded, a part of it, and readable as text: emb sub uni.
        let yes = row.split_whitespace().filter(|word| *word == "yes").count();
        assert_eq!(yes, 3, "{row}");
    }
}

#[test]
fn what_a_target_chose_is_text_and_nothing_else() {
    let foreign = [
        "<script>alert(1)</script>",
        ") Tj ET /JS (app.alert(1)) endstream endobj",
        "/URI (javascript:alert(1)) >> <<",
        "\u{202e}gnp.exe\u{0}\u{1b}[31m%PDF-1.7",
        "名前 \u{1f980} é ß €",
    ];
    for text in foreign {
        let bytes = pdf(&paper(text, 2)).unwrap();
        let (Some(scripts), Some(addresses)) = (
            poppler("pdfinfo", &["-js"], &bytes),
            poppler("pdfinfo", &["-url"], &bytes),
        ) else {
            return;
        };
        assert_eq!(scripts.trim(), "", "{text:?}");
        // Only our own addresses can be clicked.
        let clicked: Vec<&str> = addresses.lines().skip(1).collect();
        assert_eq!(clicked.len(), 3, "{text:?}: {addresses}");
        assert!(
            clicked
                .iter()
                .all(|line| line.contains(" https://wt.example/o/org_1/exposures/exp1_")),
            "{text:?}: {addresses}"
        );
        let Some(read) = poppler("pdftotext", &["-layout"], &bytes) else {
            return;
        };
        assert!(!read.contains('\u{202e}') && !read.contains('\u{1b}'));
        if text.is_ascii() {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert!(bare(&read).contains(&bare(text)), "{text:?}\n{read}");
        }
    }
}

/// A red square.
fn square(side: usize) -> Logo {
    let side_32 = u32::try_from(side).unwrap();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side_32, side_32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels = [0x9b, 0x1c, 0x31].repeat(side * side);
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    Logo::read(&file).unwrap()
}

#[test]
fn a_logo_is_on_the_first_page_once_and_moves_what_is_below_it() {
    let mut paper = paper("Expired certificate", 120);
    let without = pdf(&paper).unwrap();
    paper.brand.logo = Some(square(400));
    let bytes = pdf(&paper).unwrap();
    assert_eq!(bytes, pdf(&paper).unwrap());
    let Some(images) = poppler("pdfimages", &["-list"], &bytes) else {
        return;
    };
    let rows: Vec<&str> = images.lines().skip(2).collect();
    let [row] = rows.as_slice() else {
        panic!("{images}")
    };
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        words[..6],
        ["1", "0", "image", "400", "400", "rgb"],
        "{row}"
    );
    // 36 points of height are half an inch.
    assert_eq!(words[12..14], ["800", "800"], "{row}");
    let top = |bytes: &[u8]| {
        let boxes = poppler("pdftotext", &["-bbox"], bytes).unwrap();
        let line = boxes.lines().find(|line| line.contains("<word")).unwrap();
        let at = line.split("yMin=\"").nth(1).unwrap();
        at.split('"').next().unwrap().parse::<f64>().unwrap()
    };
    assert!((top(&bytes) - top(&without) - 42.0).abs() < 0.1);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let paper = paper("Expired certificate", 40);
    assert_eq!(pdf(&paper).unwrap(), pdf(&paper).unwrap());
}

#[test]
fn a_text_without_spaces_stays_on_the_page() {
    let long = "a".repeat(3_000);
    let bytes = pdf(&paper(&long, 1)).unwrap();
    let Some(boxes) = poppler("pdftotext", &["-bbox"], &bytes) else {
        return;
    };
    for word in boxes.lines().filter(|line| line.contains("<word")) {
        let right = word
            .split("xMax=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let right: f64 = right.unwrap().parse().unwrap();
        assert!(right < 550.0, "{word:.120}");
    }
    assert!(boxes.matches("<word").count() > 20);
}
