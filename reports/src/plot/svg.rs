//! The SVG of a drawing: what plotters writes, with a title and a description for those who hear it
//! read, and a text for each value that is pointed at. plotters can do neither.

use super::{DrawError, Drawing, drawing::Shape, paint, palette::Colour};

/// The picture as an SVG file: colours for white ground.
///
/// # Errors
/// plotters refused; no drawing is known that makes it.
pub fn svg(drawing: &Drawing) -> Result<Vec<u8>, DrawError> {
    let keep = |element: &str, _: Colour| element.to_owned();
    Ok(assembled(drawing, "figure", "", keep)?.into_bytes())
}

/// The picture as part of an HTML page: no ground of its own, text in the page's colour, all else as
/// [`PAGE_CSS`](super::PAGE_CSS) says. `name` must be the only one on the page; ids begin with it.
///
/// # Errors
/// plotters refused; no drawing is known that makes it.
pub fn svg_for_page(drawing: &Drawing, name: &str) -> Result<String, DrawError> {
    let text = assembled(drawing, name, " class=\"figure\"", |element, colour| {
        let quoted = |colour: &str| format!("\"{colour}\"");
        let element =
            element.replacen(&quoted(&colour.hexadecimal()), &quoted(&colour.on_page()), 1);
        let opacity = format!("opacity=\"{}\"", colour.opacity_on_page());
        element.replacen("opacity=\"1\"", &opacity, 1)
    })?;
    let ground = text.find("<rect ").and_then(|from| Some((from, from + text[from..].find('>')?)));
    let Some((from, to)) = ground else {
        return Err(DrawError("plotters drew no ground".to_owned()));
    };
    Ok(format!("{}{}", &text[..from], text[to + 1..].trim_start()))
}

/// All elements, each shape's as `coloured` makes it.
fn assembled(
    drawing: &Drawing,
    name: &str,
    attributes: &str,
    coloured: impl Fn(&str, Colour) -> String,
) -> Result<String, DrawError> {
    let text = paint::elements(drawing)?;
    let elements = split(&text);
    let [opening, ground, shapes @ .., closing] = &elements[..] else {
        return Err(DrawError("plotters drew nothing".to_owned()));
    };
    if shapes.len() != drawing.shapes.len() {
        let (found, asked) = (shapes.len(), drawing.shapes.len());
        return Err(DrawError(format!("plotters drew {found} shapes of {asked}")));
    }
    let labels = format!(
        "<svg{attributes} role=\"img\" aria-labelledby=\"{name}-title {name}-description\" "
    );
    let mut svg = opening.replacen("<svg ", &labels, 1);
    for (element, text) in [("title", &drawing.title), ("desc", &drawing.description)] {
        let id = if element == "desc" { "description" } else { element };
        svg += &format!("<{element} id=\"{name}-{id}\">{}</{element}>\n", escaped(text));
    }
    svg += ground;
    let mut tips = drawing.tips.iter().peekable();
    for (at, (element, shape)) in shapes.iter().zip(&drawing.shapes).enumerate() {
        if let Some((_, tip)) = tips.peek().filter(|(range, _)| range.start == at) {
            svg += &format!("<g><title>{}</title>\n", escaped(tip));
        }
        svg += &coloured(element, Shape::colour(shape));
        if tips.next_if(|(range, _)| range.end == at + 1).is_some() {
            svg += "</g>\n";
        }
    }
    Ok(svg + closing)
}

/// The elements at the top of the file, each with its line feed; the last is the closing line.
fn split(svg: &str) -> Vec<&str> {
    let mut elements = Vec::new();
    let mut first = 0;
    for (at, _) in svg.match_indices("\n<") {
        // In a text, a `<` is escaped.
        if !svg[at + 1..].starts_with("</text>") {
            elements.push(&svg[first..=at]);
            first = at + 1;
        }
    }
    elements.push(&svg[first..]);
    elements
}

/// As XML takes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
