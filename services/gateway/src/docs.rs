//! The browsable page of the contract: plain HTML made here, so that it needs no script, no other
//! site and no exception from the content security policy.
use std::fmt::Write as _;

use serde_json::Value;

/// Style of the page, served beside it.
pub(crate) const STYLE: &str = include_str!("docs.css");

/// The page for a contract.
pub(crate) fn page(contract: &Value) -> String {
    let mut html = String::new();
    let title = text(contract, "/info/title");
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} API</title><link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head>\
         <body><header><h1>{title} API</h1><p>{}</p>\
         <p><a href=\"/api/openapi.json\">openapi.json</a></p></header><nav><ul>",
        text(contract, "/info/description").replace("\n\n", "</p><p>"),
    );
    let tags = array(contract, "/tags");
    for tag in tags {
        let name = text(tag, "/name");
        let _ = write!(html, "<li><a href=\"#tag-{name}\">{name}</a></li>");
    }
    html.push_str("<li><a href=\"#schemas\">schemas</a></li></ul></nav><main>");
    for tag in tags {
        let name = text(tag, "/name");
        let _ = write!(
            html,
            "<section id=\"tag-{name}\"><h2>{name}</h2><p>{}</p>",
            text(tag, "/description")
        );
        for (path, method, operation) in operations(contract) {
            if array(operation, "/tags")
                .iter()
                .any(|own| own.as_str() == Some(&name))
            {
                write_operation(&mut html, path, method, operation);
            }
        }
        html.push_str("</section>");
    }
    html.push_str("<section id=\"schemas\"><h2>schemas</h2>");
    for (name, schema) in members(contract, "/components/schemas") {
        let _ = write!(
            html,
            "<details id=\"schema-{0}\"><summary><code>{0}</code> {1}</summary><pre>{2}</pre></details>",
            escape(name),
            text(schema, "/description"),
            escape(&serde_json::to_string_pretty(schema).unwrap_or_default()),
        );
    }
    html.push_str("</section></main></body></html>");
    html
}

fn write_operation(html: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        html,
        "<details id=\"{id}\"><summary><span class=\"method {method}\">{method}</span> \
         <code>{path}</code> {summary}</summary><p>{description}</p>\
         <p>Needs: <code>{permission}</code></p>",
        id = text(operation, "/operationId"),
        path = escape(path),
        summary = text(operation, "/summary"),
        description = text(operation, "/description"),
        permission = text(operation, "/x-permission"),
    );
    let parameters = array(operation, "/parameters");
    if !parameters.is_empty() {
        html.push_str("<table><thead><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr></thead><tbody>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(parameter, "/name"),
                text(parameter, "/in"),
                type_of(parameter.pointer("/schema").unwrap_or(&Value::Null)),
                text(parameter, "/description"),
            );
        }
        html.push_str("</tbody></table>");
    }
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        let _ = write!(html, "<p>Body: {}</p>", type_of(schema));
    }
    html.push_str("<table><thead><tr><th>answer</th><th>type</th><th></th></tr></thead><tbody>");
    for (status, response) in members(operation, "/responses") {
        let content = members(response, "/content").next();
        let kind = content.map_or_else(String::new, |(media, body)| {
            let schema = body.pointer("/schema").unwrap_or(&Value::Null);
            format!("{} <small>{}</small>", type_of(schema), escape(media))
        });
        let _ = write!(
            html,
            "<tr><td><code>{}</code></td><td>{kind}</td><td>{}</td></tr>",
            escape(status),
            text(response, "/description"),
        );
    }
    html.push_str("</tbody></table></details>");
}

/// A schema in a few words, with a link where it has a name.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema
        .pointer("/$ref")
        .and_then(Value::as_str)
        .and_then(|path| path.rsplit('/').next())
    {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(words) = schema.pointer("/enum").and_then(Value::as_array) {
        let words: Vec<String> = words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("<code>{}</code>", escape(word)))
            .collect();
        return words.join(" | ");
    }
    if let Some(choices) = schema.pointer("/oneOf").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(type_of).collect();
        return choices.join(" | ");
    }
    match schema.pointer("/type") {
        Some(Value::String(kind)) if kind == "array" => format!(
            "list of {}",
            type_of(schema.pointer("/items").unwrap_or(&Value::Null))
        ),
        Some(Value::String(kind)) => escape(kind),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            escape(&kinds.join(" | "))
        }
        _ => "anything".to_owned(),
    }
}

fn operations(contract: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(contract, "/paths").flat_map(|(path, item)| {
        item.as_object()
            .into_iter()
            .flatten()
            .map(move |(method, operation)| (path, method.as_str(), operation))
    })
}

fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, member)| (name.as_str(), member))
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, pointer: &str) -> String {
    escape(
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::page;

    #[test]
    fn the_page_shows_every_operation_and_runs_nothing() {
        let html = page(&json!({
            "info": {"title": "T<script>", "description": "d"},
            "tags": [{"name": "assets", "description": "what"}],
            "paths": {"/a/{id}": {"get": {"tags": ["assets"], "operationId": "get_a",
                "summary": "One", "x-permission": "assets:read", "responses": {"200": {"description": "ok"}}}}},
            "components": {"schemas": {}}
        }));
        assert!(html.contains("/a/{id}") && html.contains("assets:read"));
        assert!(!html.contains("<script") && !html.contains("style="));
    }
}
