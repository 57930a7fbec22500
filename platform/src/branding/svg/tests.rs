use std::time::{Duration, Instant};

use super::*;

/// The longest that an answer may take.
const LONG: Duration = Duration::from_secs(5);

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("corpus/", $name)).as_slice())
    };
}

/// A file: its name and its bytes.
type File = (&'static str, &'static [u8]);

/// A file and a part of what is said about it.
type Case = (File, &'static str);

/// What must be refused.
const HOSTILE: &[Case] = &[
    // A script.
    (file!("script.svg"), "line 3: the element <script> is not allowed"),
    // One that readers of text may overlook.
    (file!("script-in-cdata.svg"), "line 3: the element <script> is not allowed"),
    // One under another prefix of the same namespace.
    (file!("script-with-prefix.svg"), "line 3: the element <script> is not allowed"),
    // One of HTML, which a browser runs all the same.
    (file!("script-of-html.svg"), "line 3: the element <script> is not allowed"),
    // One from another server.
    (file!("script-from-elsewhere.svg"), "line 3: the element <script> is not allowed"),
    // A handler on the outermost element.
    (file!("onload.svg"), "line 1: “onload” of <svg> is not allowed"),
    // A handler on a shape.
    (file!("onclick.svg"), "line 2: “onclick” of <rect> is not allowed"),
    // A handler that an animation calls.
    (file!("onbegin.svg"), "line 3: the element <animate> is not allowed. A logo does not move"),
    // An animation that makes a link one to a script.
    (file!("set-href.svg"), "line 2: the element <a> is not allowed"),
    // A page in the picture.
    (file!("foreign-object.svg"), "line 3: the element <foreignObject> is not allowed"),
    // The cloud's metadata as a picture.
    (file!("image-http.svg"), "line 3: the element <image> is not allowed"),
    // A file of the server as a picture.
    (file!("image-file.svg"), "line 3: the element <image> is not allowed"),
    // A picture in the picture.
    (file!("image-data.svg"), "line 3: the element <image> is not allowed"),
    // A part of another server's picture.
    (file!("use-http.svg"), "line 3: “href” of <use> refers to something outside"),
    // A part of a file of the server.
    (file!("use-file.svg"), "line 3: “href” of <use> refers to something outside"),
    // A part of a picture that the address holds itself.
    (file!("use-data.svg"), "line 3: “href” of <use> "),
    // A script as an address.
    (file!("use-javascript.svg"), "line 3: “href” of <use> refers to something outside"),
    // A fill that another server knows.
    (file!("fill-from-elsewhere.svg"), "line 2: “fill” of <rect> refers to something outside"),
    // The same by way of CSS.
    (file!("css-url.svg"), "line 2: “clip-path” of <rect> refers to something outside"),
    // "url" written so that a search does not find it.
    (file!("css-url-escaped.svg"), "line 2: the value of “fill” of <rect> is not allowed"),
    // A property that no shape has.
    (file!("css-background.svg"), "line 2: “background” of <rect> is not allowed"),
    // A style sheet from another server.
    (file!("css-import.svg"), "line 2: “@import” in a style sheet is not allowed"),
    // A font from another server.
    (file!("css-font-face.svg"), "line 2: “@font-face” in a style sheet is not allowed"),
    // A selector that costs a comparison of each element.
    (file!("css-selector.svg"), "line 2: the selector “rect[width^=\"1\"]”"),
    // A comment that does not end.
    (file!("css-unclosed.svg"), "line 2: the style sheet cannot be read"),
    // A style sheet named before the picture begins.
    (file!("stylesheet-instruction.svg"), "line 2: a style sheet from elsewhere"),
    // A billion laughs.
    (file!("entity-bomb.svg"), "line 2: a document type"),
    // An entity that is a file of the server.
    (file!("entity-file.svg"), "line 2: a document type"),
    // A document type that another server holds.
    (file!("external-dtd.svg"), "line 2: a document type"),
    // An entity of HTML, which XML does not know.
    (file!("undefined-entity.svg"), "line 2: the file is not well-formed"),
    // Text, for which there is no font.
    (file!("text.svg"), "line 3: the element <text> is not allowed. Text would need its font"),
    // A blur over a hundred thousand pixels.
    (file!("filter.svg"), "line 2: the element <filter> is not allowed"),
    // The use of one.
    (file!("filter-attribute.svg"), "line 2: “filter” of <rect> is not allowed, unless it is “none”"),
    // A tile, repeated a trillion times.
    (file!("pattern.svg"), "line 2: the element <pattern> is not allowed"),
    // A mask that masks itself.
    (file!("mask.svg"), "line 2: the element <mask> is not allowed"),
    // Marks along a line.
    (file!("marker.svg"), "line 2: “marker-mid” of <path> is not allowed"),
    // A hundred million dashes.
    (file!("dashes.svg"), "line 2: “stroke-dasharray” of <path> is not allowed"),
    // A picture of its own size within.
    (file!("nested-svg.svg"), "line 2: the element <svg> is not allowed"),
    // A part that draws itself.
    (file!("use-of-itself.svg"), "line 3: “#a” refers to itself"),
    // Two parts that draw each other.
    (file!("use-in-a-ring.svg"), "line 3: “#"),
    // Two clipping paths that clip each other.
    (file!("clip-in-a-ring.svg"), "refers to itself"),
    // A rectangle drawn a billion times.
    (file!("use-bomb.svg"), "too complex: it would draw too many elements"),
    // A layer for each of many groups, asked for in a style sheet.
    (file!("clip-bomb.svg"), "too complex: too many parts have an opacity or a clipping path"),
    // Two parts of one name, of which readers take different ones.
    (file!("double-id.svg"), "line 2: the id “a” is there twice"),
    // No size at all.
    (file!("no-size.svg"), "does not say how large it is"),
    // A size that depends on a page.
    (file!("percent-size.svg"), "does not say how large it is"),
    // Nothing by nothing.
    (file!("zero-size.svg"), "does not say how large it is"),
    // Less than nothing.
    (file!("negative-size.svg"), "does not say how large it is"),
    // No number.
    (file!("nan-size.svg"), "does not say how large it is"),
    // More than a number.
    (file!("infinite-size.svg"), "does not say how large it is"),
    // A view of no numbers, on shapes of none.
    (file!("nan-view-box.svg"), "SVG"),
    // Nothing in it.
    (file!("empty.svg"), "shows nothing"),
    // Something that nobody sees.
    (file!("transparent.svg"), "shows nothing"),
    // Something where nobody looks.
    (file!("outside-of-view.svg"), "shows nothing"),
    // Cut off.
    (file!("not-closed.svg"), "not well-formed"),
    // A page that says it is a picture.
    (file!("html.svg"), "line 2: the outermost element is <html>"),
    // What browsers take in a page, and is no SVG by itself.
    (file!("no-namespace.svg"), "line 1: the outermost element is <svg>, not an SVG"),
    // A character that XML does not have.
    (file!("control-character.svg"), "line 2: "),
    // A value that would end its attribute if it were written as it is.
    (file!("attribute-breakout.svg"), "line 2: the value of “id” of <g> is not allowed"),
    // Two bytes a letter.
    (file!("utf-16.svg"), "not written in UTF-8"),
    // A byte a letter.
    (file!("latin-1.svg"), "not written in UTF-8"),
    // Compressed, perhaps to a thousandth.
    (file!("compressed.svgz"), "not written in UTF-8"),
];

/// What looks odd and is drawn, with the size it has then.
const HARMLESS: &[(File, (u32, u32))] = &[
    // A byte order mark.
    (file!("bom.svg"), (512, 512)),
    // A billion pixels wide, by its own account.
    (file!("huge-size.svg"), (512, 256)),
    // A hair.
    (file!("thin.svg"), (512, 1)),
    // Numbers at the edge of what a computer counts to.
    (file!("huge-numbers.svg"), (512, 512)),
    // Shapes that are none, beside one that is.
    (file!("nan-shape.svg"), (512, 512)),
    // As two drawing programs write.
    (file!("illustrator.svg"), (512, 256)),
    (file!("inkscape.svg"), (512, 512)),
];

/// Draws, and fails where it takes long. Alone nothing takes a second; tests run beside others.
fn timed(name: &str, bytes: &[u8]) -> Result<RgbaImage, SvgError> {
    let start = Instant::now();
    let drawn = draw(bytes, 512);
    assert!(start.elapsed() < LONG, "{name} took {:?}", start.elapsed());
    drawn
}

#[test]
fn what_is_hostile_is_refused_with_a_reason() {
    for ((name, bytes), expected) in HOSTILE {
        let found = timed(name, bytes).map(|drawn| drawn.dimensions()).unwrap_err().to_string();
        assert!(found.contains(expected), "{name}: {found}");
    }
}

#[test]
fn what_is_harmless_is_drawn() {
    for ((name, bytes), size) in HARMLESS {
        assert_eq!(timed(name, bytes).map(|drawn| drawn.dimensions()), Ok(*size), "{name}");
    }
}

#[test]
fn every_file_of_the_corpus_is_in_a_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/branding/svg/corpus");
    let mut there: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let mut listed: Vec<_> =
        HOSTILE.iter().map(|(file, _)| file.0).chain(HARMLESS.iter().map(|(file, _)| file.0)).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed);
}

fn svg(content: &str) -> Vec<u8> {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\">{content}</svg>").into_bytes()
}

#[test]
fn what_is_too_much_is_refused_in_time() {
    let nested = |count| svg(&format!("{}{}", "<g>".repeat(count), "</g>".repeat(count)));
    // Each uses the next: deep without being nested.
    let chain: String =
        (0..2000).fold(String::new(), |chain, at| chain + &format!("<use id=\"u{at}\" href=\"#u{}\"/>", at + 1));
    let long = format!("<path d=\"M0 0{}\"/>", "L100 100L0 50".repeat(10_000));
    let line = |more: &str| format!("<path stroke='red' {more} d='M0 0{}'/>", "C0 9 9 9 9 0S0 0 0 5".repeat(100));
    let shared = format!("<path id=\"p\" d=\"M0 0{}\"/>{}", "L9 9L0 5".repeat(1000), "<use href=\"#p\"/>".repeat(1000));
    let rules = format!("<style>{}</style>", ".a{fill:red}".repeat(5000));
    let classes = format!("<style>.a{{fill:#{}}}</style>{}", "0".repeat(150), "<g class=\"a\"/>".repeat(9000));
    for (name, bytes, expected) in [
        ("forty thousand groups in each other", nested(37_000), "too many parts"),
        ("a hundred groups in each other", nested(100), "nested too deeply"),
        ("a chain of two thousand", svg(&chain), "nested too deeply"),
        ("ten thousand edges from top to bottom", svg(&long), "outlines are too long"),
        ("a line a billion units wide", svg(&line("stroke-width='1e9'")), "“stroke-width” of <path>"),
        ("a line without a number", svg(&line("stroke-width='NaN'")), "“stroke-width” of <path>"),
        ("a line of parts of what nobody knows", svg(&line("stroke-width='50%'")), "“stroke-width” of <path>"),
        ("a line that is enlarged", svg(&line("stroke-width='9' transform='scale(1e6)'")), "wider than the picture"),
        (
            "a line in a style sheet",
            svg(&format!("<style>path{{stroke-width:1e9}}</style>{}", line(""))),
            "“stroke-width”",
        ),
        ("a long line", svg(&line("").repeat(30)), "that have a line are too long"),
        (
            "a long line, inherited",
            svg(&format!("<g stroke='red'>{}</g>", line("").repeat(30).replace("stroke='red'", ""))),
            "that have a line are too long",
        ),
        ("a thousand coats of paint", svg(&"<rect width='100' height='100'/>".repeat(1000)), "on top of each other"),
        ("a path of eight thousand bytes, a thousand times", svg(&shared), "outlines are too long"),
        ("five thousand rules", svg(&rules), "selector"),
        ("a class of nine thousand elements", svg(&classes), "add up to too much"),
        ("twenty thousand elements", svg(&"<g/>".repeat(20_000)), "too many parts"),
        ("a selector of a hundred thousand letters", svg(&format!("<style>{}{{}}</style>", ":a".repeat(50_000))), "…”"),
        ("a hundred thousand attributes", svg(&format!("<g {}/>", "a='' ".repeat(50_000))), "not well-formed"),
    ] {
        let found = timed(name, &bytes).map(|drawn| drawn.dimensions()).unwrap_err().to_string();
        assert!(found.contains(expected), "{name}: {found}");
    }
}

/// As much as is allowed of each kind.
#[test]
fn what_is_just_not_too_much_is_drawn_in_time() {
    let zigzag = |count| "L100 100L1 0L0 100".repeat(count);
    let curves = "C0 100 100 100 100 0S0 0 0 50".repeat(250);
    let row = format!("{}m-95 1", "h.5v.5zm1 0".repeat(95));
    for (name, content) in [
        ("edges", format!("<path d='M0 0{}'/>", zigzag(2_400))),
        ("short edges", format!("<path d='M0 0{}'/>", row.repeat(95))),
        (
            "lines",
            format!(
                "<path fill='none' stroke='red' stroke-width='30' stroke-linejoin='round' d='M0 0{}'/>",
                zigzag(600)
            ),
        ),
        ("curved lines", format!("<path stroke='red' stroke-width='200' stroke-linejoin='round' d='M0 0{curves}'/>")),
        (
            "thin curved lines",
            format!("<path stroke='red' stroke-width='.01' stroke-linejoin='round' d='M0 0{curves}'/>"),
        ),
        (
            "enlarged lines",
            format!(
                "<path stroke='red' stroke-width='.003' stroke-linecap='round' transform='scale(99999)' d='M0 0{}'/>",
                curves.replace("100", "1e-3")
            ),
        ),
        ("circles", "<circle cx='50' cy='50' r='50' fill-opacity='.5'/>".repeat(75)),
        ("small circles", "<circle cx='50' cy='50' r='5' stroke='red' fill-opacity='.5'/>".repeat(1_000)),
        ("layers", "<g opacity='.5'><rect width='100' height='100'/></g>".repeat(35)),
        (
            "clips",
            format!(
                "<clipPath id='c'><circle r='99'/></clipPath>{}",
                "<g clip-path='url(#c)'><rect width='100' height='100'/></g>".repeat(15)
            ),
        ),
    ] {
        let bytes = svg(&content);
        assert!(bytes.len() < MAX_BYTES, "{name}: {}", bytes.len());
        let drawn = timed(name, &bytes).map(|drawn| drawn.dimensions());
        assert_eq!(drawn, Ok((512, 512)), "{name}");
    }
}

#[test]
fn styles_apply_in_their_order() {
    let style = "<style>*{fill:#000001} rect{fill:#000002} .b{fill:#000004} .a{fill:#000003} #i{fill:#000005}</style>";
    for (rect, colour) in [
        ("", 2),
        ("fill='#000009'", 2),
        ("class='b'", 4),
        ("class='b a'", 3),
        ("class='a b'", 3),
        ("class='a' id='i'", 5),
        ("class='a' id='i' style='fill : #000006 ; /* ; */'", 6),
    ] {
        let drawn = draw(&svg(&format!("{style}<rect width='100' height='100' {rect}/>")), 16).unwrap();
        assert_eq!(drawn.get_pixel(8, 8).0, [0, 0, colour, 255], "{rect}");
    }
}

#[test]
fn the_painter_is_given_nothing_but_what_is_allowed() {
    let (_, bytes) = file!("inkscape.svg");
    let text = tree::read(text_of(bytes).unwrap()).unwrap().to_text();
    for left_out in ["inkscape", "sodipodi", "metadata", "title", "font", "style", "onload", "class"] {
        assert!(!text.contains(left_out), "{left_out}: {text}");
    }
    let (_, bytes) = file!("illustrator.svg");
    let text = tree::read(text_of(bytes).unwrap()).unwrap().to_text();
    assert!(text.contains("clip-path=\"url(#SVGID_2_)\"") && text.contains("fill=\"url(#SVGID_1_)\""), "{text}");
    let drawn = draw(bytes, 512).unwrap();
    assert_eq!(drawn.get_pixel(10, 10).0, [0xe3, 0x42, 0x34, 255]);
    let [red, green, _, alpha] = drawn.get_pixel(505, 10).0;
    assert!(red < green && alpha < 140, "half transparent at the end of the gradient");
}
