//! The document as the server gives it, and answers held against it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use e2e::{Answer, Server};
use serde_json::{Map, Value, json};

use crate::client::Call;

pub(crate) const PROBLEM: &str = "application/problem+json";

/// The OpenAPI document of a server.
#[derive(Debug)]
pub(crate) struct Document(Value);

/// One method of one path.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) parameters: Vec<&'a Value>,
    pub(crate) fields: &'a Value,
}

impl Document {
    pub(crate) fn of(server: &Server) -> Result<Self> {
        let answer = Call::new("get", "/api/v1/openapi.json").header("authorization", "").send(server)?;
        ensure!(answer.status == 200, "{answer:?}");
        Ok(Self(answer.body))
    }

    pub(crate) fn value(&self) -> &Value {
        &self.0
    }

    /// `value`, or what it refers to.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> Result<&'a Value> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        let pointer = reference.strip_prefix('#').with_context(|| format!("not in here: {reference}"))?;
        self.resolve(self.0.pointer(pointer).with_context(|| format!("nothing at {reference}"))?)
    }

    /// Every operation, in the order of paths and methods.
    pub(crate) fn operations(&self) -> Result<Vec<Operation<'_>>> {
        const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
        let mut operations = Vec::new();
        for (path, item) in fields(&self.0["paths"])? {
            for method in METHODS {
                let Some(own) = item.get(method) else { continue };
                let lists = [item.get("parameters"), own.get("parameters")];
                let listed = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
                let parameters = listed.map(|one| self.resolve(one)).collect::<Result<_>>()?;
                operations.push(Operation { path, method, parameters, fields: own });
            }
        }
        Ok(operations)
    }

    pub(crate) fn operation(&self, method: &str, path: &str) -> Result<Operation<'_>> {
        let found = self.operations()?.into_iter().find(|one| (one.method, one.path) == (method, path));
        found.with_context(|| format!("{method} {path} is not documented"))
    }

    /// Holds an answer against what is documented for its status: content type, body and headers.
    pub(crate) fn check(&self, operation: &Operation<'_>, answer: &Answer) -> Result<()> {
        let status = answer.status.to_string();
        let documented = operation.fields["responses"].get(&status);
        let documented = documented.with_context(|| format!("status {status} is not documented"))?;
        let documented = self.resolve(documented)?;
        for (name, header) in documented.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let told = answer.headers.get(&name.to_lowercase());
            let told = told.with_context(|| format!("the header {name} is missing"))?;
            let schema = &self.resolve(header)?["schema"];
            let number = told.parse::<i64>().ok().filter(|_| schema.get("type") == Some(&json!("integer")));
            self.valid(schema, &number.map_or_else(|| Value::from(told.as_str()), Value::from))?;
        }
        let Some(content) = documented.get("content") else {
            ensure!(answer.body.is_null(), "a body that is not documented");
            return Ok(());
        };
        let told = answer.headers.get("content-type").context("no content type")?;
        let content = content.get(told).with_context(|| format!("content type {told} is not documented"))?;
        self.valid(&content["schema"], &answer.body)?;
        if told == PROBLEM {
            ensure!(answer.body["status"] == json!(answer.status), "another status in the body");
        }
        Ok(())
    }

    /// Holds a value against a schema of the document.
    pub(crate) fn valid(&self, schema: &Value, value: &Value) -> Result<()> {
        let whole = json!({ "allOf": [schema], "$defs": self.0["components"]["schemas"] });
        let text = whole.to_string().replace("#/components/schemas/", "#/$defs/");
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&serde_json::from_str(&text)?)
            .map_err(|error| anyhow::anyhow!("not a schema: {error}: {schema}"))?;
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if !errors.is_empty() {
            bail!("{value} is not what {schema} says: {}", errors.join("; "));
        }
        Ok(())
    }

    /// The examples of one place by name: `examples` of a parameter or of a content.
    pub(crate) fn examples<'a>(&'a self, place: &'a Value) -> Result<BTreeMap<&'a str, &'a Value>> {
        let listed = place.get("examples").and_then(Value::as_object).into_iter().flatten();
        let value = |example: &'a Value| -> Result<&'a Value> {
            self.resolve(example)?.get("value").context("an example without a value")
        };
        listed.map(|(name, example)| Ok((name.as_str(), value(example)?))).collect()
    }
}

/// The fields of an object.
pub(crate) fn fields(value: &Value) -> Result<&Map<String, Value>> {
    value.as_object().with_context(|| format!("not an object: {value}"))
}
