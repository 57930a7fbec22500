//! A person's picture, or their initials where they gave none.

use leptos::prelude::*;
use rowhouse_platform::id::AccountId;

use crate::context::RequestContext;

/// Where the picture of an account is, if it has one; `hash` is its `avatar_hash`.
pub fn address(context: &RequestContext, account: AccountId, hash: Option<&str>) -> Option<String> {
    hash.map(|hash| context.href(&format!("/avatar/{account}/{hash}.png")))
}

/// The picture. Their name stands beside it, so it says nothing to who cannot see it.
#[component]
pub fn Avatar<'a>(
    /// What the person is called.
    name: &'a str,
    /// Where their picture is.
    src: Option<String>,
    /// Smaller.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let class = if small { "avatar avatar--small" } else { "avatar" };
    let size = if small { "20" } else { "24" };
    match src {
        Some(src) => view! { <img class=class src=src width=size height=size alt="" loading="lazy" /> }.into_any(),
        None => view! { <span class=class aria-hidden="true">{initials(name)}</span> }.into_any(),
    }
}

/// The first letter or digit of the first and the last name.
fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|sign| sign.is_alphanumeric()));
    let first = letters.next();
    first.into_iter().chain(letters.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_names() {
        for (name, letters) in
            [("Dana Okafor", "DO"), ("Plato", "P"), ("ana maria ßen", "ASS"), ("(Max) <M>", "MM"), ("", "")]
        {
            assert_eq!(initials(name), letters);
        }
    }
}
