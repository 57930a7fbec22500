//! Lists, a page at a time, by keyset: a page begins after the last row of the one before, wherever that is by now.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use super::{Call, Problem, input::pairs};

/// Rows of a page where nothing is said.
const USUAL: i64 = 50;
/// Rows of a page, at most.
const MOST: i64 = 200;
/// Most characters of a cursor.
const CURSOR_LENGTH: usize = 1000;

/// Which page is wanted. As [`Parameters`](super::Parameters) it is all that a list takes: another parameter is refused.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Items of a page at most: 1 to 200, 50 where it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where the page begins: `next_cursor` of the page before, or its `Link` with `rel="next"`.
    pub cursor: Option<String>,
}

impl Paging {
    /// Reads it from among the other parameters of a query, which are read beside it.
    ///
    /// # Errors
    /// The query is not UTF-8, a parameter stands there twice, or `limit` is no number.
    pub fn among(query: &str) -> Result<Self, Problem> {
        let mut paging = Self::default();
        for (name, value) in pairs(query)? {
            let is_twice = match &*name {
                "limit" => {
                    let limit = value.parse::<i64>().map_err(|_| Self::wrong_limit())?;
                    paging.limit.replace(limit).is_some()
                }
                "cursor" => paging.cursor.replace(value.into_owned()).is_some(),
                _ => false,
            };
            if is_twice {
                return Err(Problem::parameter(name, "Stands there twice."));
            }
        }
        Ok(paging)
    }

    fn wrong_limit() -> Problem {
        Problem::parameter("limit", format!("Must be a number from 1 to {MOST}."))
    }

    /// Items of a page.
    ///
    /// # Errors
    /// Too few or too many.
    pub fn limit(&self) -> Result<i64, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(Self::wrong_limit()) }
    }

    /// Where the page begins; none: at the beginning.
    ///
    /// # Errors
    /// It is no cursor of this list.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        self.cursor.as_deref().map(decode_cursor).transpose()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to ask the next page with; none: this is the last.
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A page of at most `limit` of the items, of which one more was read to know whether there is a next page. `cursor`
    /// makes of the last item what the next page begins after.
    pub fn of<C: Serialize>(mut items: Vec<T>, limit: i64, cursor: impl FnOnce(&T) -> C) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if has_more { items.last().map(|last| encode_cursor(&cursor(last))) } else { None };
        Self { items, next_cursor }
    }
}

impl<T: Serialize> Listed<T> {
    /// As the answer to a call, with the `Link` to the next page.
    pub fn answer(self, call: &Call) -> Response {
        let link = call.link([("next", self.next_cursor.as_deref())]);
        let mut response = Json(self).into_response();
        if let Some((name, value)) = link {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A cursor: opaque to programs, and no secret.
pub fn encode_cursor(place: &impl Serialize) -> String {
    BASE64URL.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads what [`encode_cursor`] writes.
///
/// # Errors
/// It is something else.
pub fn decode_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let bytes = if text.len() > CURSOR_LENGTH { None } else { BASE64URL.decode(text).ok() };
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(Problem::no_page)
}

/// A query with another cursor.
pub(super) fn with_cursor(query: &str, cursor: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("cursor", cursor).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_page_says_that_there_is_a_next() {
        let page = Listed::of(vec![1, 2, 3], 2, |last| *last);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(decode_cursor::<i32>(&page.next_cursor.unwrap()).unwrap(), 2);
        assert_eq!(Listed::of(vec![1, 2], 2, |last| *last).next_cursor, None);
    }

    #[test]
    fn only_own_cursors_are_read() {
        let good = encode_cursor(&("2026-06-01", 7));
        assert_eq!(decode_cursor::<(String, i32)>(&good).unwrap(), ("2026-06-01".to_owned(), 7));
        for bad in ["", "!", "AAAA", &good[1..], &"A".repeat(2000)] {
            assert!(decode_cursor::<(String, i32)>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_is_read_from_among_others() {
        let paging = Paging::among("status=open&limit=20&cursor=a%2Bb&q=x").unwrap();
        assert_eq!((paging.limit, paging.cursor.as_deref()), (Some(20), Some("a+b")));
        for bad in ["limit=", "limit=x", "q=%FF", "limit=1&limit=1", "cursor=a&cursor=a"] {
            assert!(Paging::among(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_a_size() {
        let limit = |limit| Paging { limit, cursor: None }.limit();
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some(200)).unwrap(), 200);
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err() && limit(Some(-1)).is_err());
    }
}
