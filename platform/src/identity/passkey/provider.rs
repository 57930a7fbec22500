//! Who holds a new key, for its first name.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// Providers that many people use, by their AAGUID. It is not signed, and nothing but a name follows from it.
const PROVIDERS: &[(&str, &str)] = &[
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords"),
    ("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper"),
    ("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
];
/// Where the AAGUID lies in authenticator data: after the hash of the host (32 bytes), the flags (1) and the counter
/// (4); WebAuthn Level 3, sections 6.1 and 6.5.1.
const AAGUID: std::ops::Range<usize> = 37..53;

/// The name of the provider that made a credential, as the browser's answer tells it.
pub(super) fn name(credential: &Value) -> Option<&'static str> {
    let data = credential.pointer("/response/authenticatorData")?.as_str()?;
    let data = URL_SAFE_NO_PAD.decode(data).ok()?;
    let aaguid = uuid::Uuid::from_slice(data.get(AAGUID)?).ok()?.to_string();
    PROVIDERS.iter().find(|(known, _)| *known == aaguid).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn providers_are_known_by_their_aaguid() {
        let answer = |aaguid: &str| {
            let mut data = vec![0; 37];
            data.extend(uuid::Uuid::parse_str(aaguid).unwrap().as_bytes());
            json!({ "response": { "authenticatorData": URL_SAFE_NO_PAD.encode(data) } })
        };
        for (aaguid, provider) in PROVIDERS {
            assert_eq!(name(&answer(aaguid)), Some(*provider));
        }
        assert_eq!(name(&answer("00000000-0000-0000-0000-000000000000")), None);
        for other in [json!({}), json!({ "response": { "authenticatorData": "AAAA" } }), json!([1])] {
            assert_eq!(name(&other), None);
        }
    }
}
