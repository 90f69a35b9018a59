//! Every example of the document is sent, and the server answers as the document says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use e2e::Server;
use serde_json::Value;

use crate::client::{Call, encoded};
use crate::document::{Document, Operation};

/// What differs from database to database.
const OWN: [&str; 4] = ["position", "offset", "hash", "epoch"];

/// One example: what is sent, and what the document says is answered.
#[derive(Debug)]
struct Example<'a> {
    name: &'a str,
    operation: Operation<'a>,
    status: u16,
    answer: &'a Value,
}

/// All examples in an order in which each finds what it speaks of.
fn examples(document: &Document) -> Result<Vec<Example<'_>>> {
    let mut found = Vec::new();
    for operation in document.operations()? {
        for (status, response) in crate::document::fields(&operation.fields["responses"])? {
            // Those of the shared answers stand for no request of their own.
            let own = response.get("content").and_then(Value::as_object).into_iter().flatten();
            for (_, content) in own {
                for (name, answer) in document.examples(content)? {
                    let operation = operation.clone();
                    found.push(Example { name, operation, status: status.parse()?, answer });
                }
            }
        }
    }
    found.sort_by_key(|example| {
        let method = ["post", "put", "get", "delete"].iter().position(|one| *one == example.operation.method);
        (method, example.operation.path, if example.status == 201 { 0 } else { example.status })
    });
    Ok(found)
}

impl Example<'_> {
    fn call(&self, document: &Document) -> Result<Call> {
        let mut target = self.operation.path.to_owned();
        let mut pairs = Vec::new();
        let mut headers = BTreeMap::new();
        for parameter in &self.operation.parameters {
            let name = parameter["name"].as_str().context("a parameter without a name")?;
            let Some(value) = document.examples(parameter)?.get(self.name).copied() else { continue };
            match parameter["in"].as_str() {
                Some("path") => target = target.replace(&format!("{{{name}}}"), &encoded(&text(value))),
                Some("query") => match value {
                    Value::Object(fields) => pairs.extend(fields.iter().map(|(k, v)| (k.clone(), text(v)))),
                    value => pairs.push((name.to_owned(), text(value))),
                },
                Some("header") => drop(headers.insert(name.to_owned(), text(value))),
                other => anyhow::bail!("a parameter in {other:?}"),
            }
        }
        ensure!(!target.contains('{'), "no example {:?} for {target}", self.name);
        let query: Vec<String> =
            pairs.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        let mut call = Call::new(self.operation.method, &target);
        if let Some(body) = self.body(document)? {
            call = call.json(body);
        }
        Ok(headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
    }

    fn body<'a>(&'a self, document: &'a Document) -> Result<Option<&'a Value>> {
        let content =
            self.operation.fields.get("requestBody").map(|body| &body["content"]["application/json"]);
        let Some(content) = content else { return Ok(None) };
        let body = document.examples(content)?.get(self.name).copied();
        body.map(Some).with_context(|| format!("the answer {:?} has no request", self.name))
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether an answer holds all that its example says.
fn holds(answer: &Value, example: &Value) -> bool {
    match (answer, example) {
        (Value::Object(answer), Value::Object(example)) => example.iter().all(|(key, value)| {
            answer.get(key).is_some_and(|told| OWN.contains(&key.as_str()) || holds(told, value))
        }),
        (Value::Array(answer), Value::Array(example)) => {
            answer.len() == example.len() && answer.iter().zip(example).all(|(a, e)| holds(a, e))
        }
        (answer, example) => answer == example,
    }
}

/// Every name of an example of a request.
fn names_of_requests<'a>(document: &'a Document, operation: &Operation<'a>) -> Result<BTreeSet<&'a str>> {
    let mut names = BTreeSet::new();
    let body = operation.fields.get("requestBody").map(|body| &body["content"]["application/json"]);
    // A path's own parameters serve several methods; their examples are asked for by the answers.
    let own = operation.fields.get("parameters").and_then(Value::as_array).into_iter().flatten();
    for place in own.chain(body) {
        names.extend(document.examples(document.resolve(place)?)?.into_keys());
    }
    Ok(names)
}

#[test]
fn every_example_is_answered_as_the_document_says() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("examples.sqlite"), &[])?;
    let document = Document::of(&server)?;
    let examples = examples(&document)?;
    for example in &examples {
        let what = format!("{} {} {:?}", example.operation.method, example.operation.path, example.name);
        let answer = example.call(&document)?.send(&server)?;
        ensure!(
            answer.status == example.status,
            "{what}: {} in place of {}: {answer:?}",
            answer.status,
            example.status
        );
        document.check(&example.operation, &answer).with_context(|| what.clone())?;
        ensure!(holds(&answer.body, example.answer), "{what}: {} holds not {}", answer.body, example.answer);
    }
    for operation in document.operations()? {
        for name in names_of_requests(&document, &operation)? {
            let sent = examples.iter().any(|one| {
                one.name == name
                    && (one.operation.method, one.operation.path) == (operation.method, operation.path)
            });
            ensure!(sent, "{} {}: the request {name:?} has no answer", operation.method, operation.path);
        }
    }
    ensure!(examples.len() >= 25, "only {} examples", examples.len());
    Ok(())
}

#[test]
fn every_example_of_an_answer_or_a_good_request_is_valid() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("valid.sqlite"), &[])?;
    let document = Document::of(&server)?;
    let mut checked = 0;
    for example in examples(&document)? {
        if let (200 | 201, Some(body)) = (example.status, example.body(&document)?) {
            let schema = &example.operation.fields["requestBody"]["content"]["application/json"]["schema"];
            document.valid(schema, body).with_context(|| example.name.to_owned())?;
            checked += 1;
        }
    }
    for (name, response) in crate::document::fields(&document.value()["components"]["responses"])? {
        for (_, content) in crate::document::fields(&response["content"])? {
            for value in document.examples(content)?.into_values() {
                document.valid(&content["schema"], value).with_context(|| name.clone())?;
                checked += 1;
            }
        }
    }
    ensure!(checked >= 10, "only {checked} examples");
    Ok(())
}
