//! What islands do in the browser. They bring to life what the server rendered: with the document's own interface and
//! without a second rendering of it, the browser half stays a third of the size it would have.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{
    ev,
    prelude::{debounce, document, window_event_listener},
    web_sys,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What comes before each path of this site: empty, or `/t/acme` where the tenant is named in the path.
pub fn base_path() -> String {
    document().document_element().and_then(|root| root.get_attribute("data-base")).unwrap_or_default()
}

/// Calls a server function by its path and answers its JSON; nothing where it failed.
pub async fn call(path: &str, arguments: &[(&str, String)]) -> Option<JsValue> {
    let form = web_sys::UrlSearchParams::new().ok()?;
    for (name, value) in arguments {
        form.append(name, value);
    }
    let headers = web_sys::Headers::new().ok()?;
    headers.set("accept", "application/json").ok()?;
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&form);
    let address = format!("{}{path}", base_path());
    let answer = JsFuture::from(web_sys::window()?.fetch_with_str_and_init(&address, &request)).await.ok()?;
    let answer: web_sys::Response = answer.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.json().ok()?).await.ok()
}

/// A member of a JSON object, `null` where there is none.
pub fn member(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::NULL)
}

/// A text in a JSON object, empty where there is none.
pub fn text(object: &JsValue, name: &str) -> String {
    member(object, name).as_string().unwrap_or_default()
}

/// The values of a JSON array; none where it is no array.
pub fn items(array: &JsValue) -> Vec<JsValue> {
    array.dyn_ref::<js_sys::Array>().map(|array| array.iter().collect()).unwrap_or_default()
}

/// The element of an id.
pub fn element(id: &str) -> Option<web_sys::HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// What is typed into the field of an id.
pub fn value_of(id: &str) -> String {
    element(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
        .map(|input| input.value())
        .unwrap_or_default()
}

/// Adds an element with a text to `parent`.
pub fn append(parent: &web_sys::Element, tag: &str, content: &str) -> Option<web_sys::Element> {
    let child = document().create_element(tag).ok()?;
    child.set_text_content(Some(content));
    parent.append_child(&child).ok()?;
    Some(child)
}

/// Asks when one has stopped typing into one of the fields, and shows the answer to the last question: answers may
/// overtake each other.
pub fn while_typing<Q, F>(ids: &'static [&'static str], ask: Q, show: fn(Option<JsValue>))
where
    Q: Fn() -> F + 'static,
    F: Future<Output = Option<JsValue>> + 'static,
{
    let asked = Rc::new(Cell::new(0_u32));
    let ask = move |()| {
        let question = asked.get().wrapping_add(1);
        asked.set(question);
        let (answer, asked) = (ask(), Rc::clone(&asked));
        spawn_local(async move {
            let answer = answer.await;
            if asked.get() == question {
                show(answer);
            }
        });
    };
    let ask = std::cell::RefCell::new(debounce(Duration::from_millis(150), ask));
    // For as long as the page is there: islands do not leave it.
    let _ = window_event_listener(ev::input, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
        if target.is_some_and(|element| ids.contains(&element.id().as_str())) {
            ask.borrow_mut()(());
        }
    });
}
