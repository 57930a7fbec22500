//! Collects what defaults, file and environment say, later over earlier, before any value is looked
//! at.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    Sources,
    error::{ConfigErrors, Origin, Problem},
};

/// The settings that are never shown and may come from a file of their own.
pub(super) const SECRETS: &[&str] = &[
    "billing.stripe_secret_key",
    "billing.stripe_webhook_secret",
    "database.admin_url",
    "database.listen_url",
    "database.operator_url",
    "database.url",
    "limits.redis_url",
    "mail.smtp_url",
    "secrets.keys",
    "storage.s3_secret_key",
];

/// Ending of a key whose value is the path of a file with the secret.
const FILE_SUFFIX: &str = "_file";
const VARIABLE_PREFIX: &str = "ROWHOUSE_";
/// Names the configuration file; not a setting itself.
const FILE_VARIABLE: &str = "ROWHOUSE_CONFIG";
/// The configuration file that need not be there.
const USUAL_FILE: &str = "rowhouse.toml";

/// A value that has not been checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    /// From the environment or a secret's file, where everything is text.
    Loose(String),
    Text(String),
    /// As written, and its base.
    Integer(String, u32),
    Bool(bool),
    List(Vec<Raw>),
    /// Something that no setting is: its type in TOML.
    Other(&'static str),
}

/// A value and where it was given.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
    /// Whether `raw` is the path of a file with the value.
    pub(super) is_path: bool,
}

/// The winning entry of every setting, and what was wrong on the way.
pub(super) struct Layers {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) problems: Vec<Problem>,
}

/// What one source says: section, key, value, origin.
type Given = (String, String, Raw, Origin);

impl Layers {
    pub(super) fn load(default: &str, sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let known = parse_file(default, |_| Origin::Default).map_err(ConfigErrors)?;
        let mut layers = Self { entries: BTreeMap::new(), problems: Vec::new() };
        for (section, key, raw, origin) in known {
            let is_path = false;
            let entry = Entry { raw, origin, is_path };
            layers.entries.insert(format!("{section}.{key}"), entry);
        }
        match read_config_file(sources) {
            Ok(given) => layers.put(given),
            Err(problems) => layers.problems.extend(problems),
        }
        let given = layers.given_by(&sources.environment);
        layers.put(given);
        Ok(layers)
    }

    /// Lays one source over what there is.
    fn put(&mut self, given: Vec<Given>) {
        let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
        for (section, key, raw, origin) in given {
            let Some((name, is_path)) = self.resolve(&section, &key) else {
                self.problems.push(self.unknown(&section, &key, origin));
                continue;
            };
            if let Some(first) = seen.insert(name.clone(), origin.clone()) {
                let message = format!("is given twice, also as {first}; keep one of the two");
                self.problems.push(problem(name, origin, message));
                continue;
            }
            let entry = Entry { raw, origin, is_path };
            self.entries.insert(name, entry);
        }
    }

    /// The setting that a key means, and whether it gives the path of a file.
    fn resolve(&self, section: &str, key: &str) -> Option<(String, bool)> {
        let name = format!("{section}.{key}");
        if self.entries.contains_key(&name) {
            return Some((name, false));
        }
        let base = name.strip_suffix(FILE_SUFFIX)?;
        SECRETS.contains(&base).then(|| (base.to_owned(), true))
    }

    fn unknown(&self, section: &str, key: &str, origin: Origin) -> Problem {
        let is_variable = matches!(origin, Origin::Variable(_));
        let written = |name: &str| {
            if is_variable { variable(name) } else { name.to_owned() }
        };
        let name = format!("{section}.{key}");
        let suggestion = match self.similar(&name) {
            Some(known) => format!("; did you mean `{}`?", written(known)),
            None => "; rowhouse.default.toml lists all settings".to_owned(),
        };
        let message = format!("there is no such setting{suggestion}");
        problem(name.trim_matches('.').to_owned(), origin, message)
    }

    /// The setting that was probably meant: the same key in another section, or a similar name.
    fn similar(&self, name: &str) -> Option<&str> {
        let key_of = |name: &str| name.rsplit('.').next().map(str::to_owned);
        let names = || self.entries.keys().map(String::as_str);
        let mut same_key = names().filter(|known| key_of(known) == key_of(name));
        if let (Some(only), None) = (same_key.next(), same_key.next()) {
            return Some(only);
        }
        let distance = |known: &&str| strsim::damerau_levenshtein(known, name);
        names().min_by_key(distance).filter(|known| distance(known) <= (name.len() / 5).clamp(1, 4))
    }

    fn given_by(&mut self, environment: &[(String, String)]) -> Vec<Given> {
        let mut given = Vec::new();
        for (variable_name, value) in environment {
            let Some(rest) = variable_name.strip_prefix(VARIABLE_PREFIX) else {
                continue;
            };
            let origin = Origin::Variable(variable_name.clone());
            if let Some((section, key)) = rest.split_once("__") {
                let [section, key] = [section, key].map(str::to_ascii_lowercase);
                given.push((section, key, Raw::Loose(value.clone()), origin));
                continue;
            }
            // Other names are left alone: Kubernetes sets ROWHOUSE_PORT and the like for a service
            // of that name. One underscore instead of two, however, is a slip.
            let with_two = self.entries.keys().map(|name| variable(name));
            let meant = with_two.into_iter().find(|name| name.replace("__", "_") == *variable_name);
            if let Some(meant) = meant {
                let message = format!("two underscores stand between section and key: `{meant}`");
                self.problems.push(problem(rest.to_ascii_lowercase(), origin, message));
            }
        }
        given
    }
}

/// The environment variable of a setting.
fn variable(name: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", name.replacen('.', "__", 1).to_ascii_uppercase())
}

fn problem(key: String, origin: Origin, message: String) -> Problem {
    Problem { key, value: None, origin, message }
}

/// What the configuration file says; nothing where none is named and the usual one is not there.
fn read_config_file(sources: &Sources<'_>) -> Result<Vec<Given>, Vec<Problem>> {
    let named_by_variable = || {
        let mut environment = sources.environment.iter();
        let (_, path) = environment.find(|(name, path)| name == FILE_VARIABLE && !path.is_empty())?;
        Some(PathBuf::from(path))
    };
    let named = sources.file.clone().or_else(named_by_variable);
    let path = named.clone().unwrap_or_else(|| USUAL_FILE.into());
    match (sources.read_file)(&path) {
        Ok(text) => parse_file(&text, |line| Origin::File { path: path.clone(), line }),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(vec![unreadable(&path, &error)]),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let origin = Origin::File { path: path.to_owned(), line: 0 };
    problem(String::new(), origin, format!("the file cannot be read: {error}"))
}

fn parse_file(text: &str, origin: impl Fn(usize) -> Origin) -> Result<Vec<Given>, Vec<Problem>> {
    let line = |span: Range<usize>| {
        let before = text.get(..span.start).unwrap_or(text);
        origin(1 + before.matches('\n').count())
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // Only the message: the parser's own form shows the line, which may hold a secret.
        let problems = errors.iter().map(|error| {
            let at = line(error.span().unwrap_or(0..0));
            problem(String::new(), at, format!("not valid TOML: {}", error.message()))
        });
        return Err(problems.collect());
    }
    let mut given = Vec::new();
    let mut problems = Vec::new();
    for (section, content) in document.get_ref() {
        if let DeValue::Table(keys) = content.get_ref() {
            for (key, value) in keys {
                given.push((
                    section.get_ref().to_string(),
                    key.get_ref().to_string(),
                    Raw::from_toml(value.get_ref()),
                    line(key.span()),
                ));
            }
        } else {
            let message = "every setting stands in a section, such as [server]".to_owned();
            problems.push(problem(section.get_ref().to_string(), line(section.span()), message));
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(problems) }
}

impl Raw {
    fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => Self::Integer(number.as_str().to_owned(), number.radix()),
            DeValue::Boolean(flag) => Self::Bool(*flag),
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::from_toml(item.get_ref())).collect()),
            other => Self::Other(other.type_str()),
        }
    }

    /// The value as it was written, for an error.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::Loose(text) | Self::Text(text) | Self::Integer(text, _) => Some(text.clone()),
            Self::Bool(flag) => Some(flag.to_string()),
            Self::List(_) | Self::Other(_) => None,
        }
    }
}
