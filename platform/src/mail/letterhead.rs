//! What is the tenant's in a letter: its name, its colours, its mark, and where it is.

use super::line::one_line;
use crate::{
    branding::{AccentTokens, Branding, Mark},
    tenancy::Tenant,
};

/// The most characters of the name before the sender's address.
const SENDER_NAME_LENGTH: usize = 78;
/// The most characters of a name inside a letter.
const NAME_LENGTH: usize = 80;
/// The height of a logo, and its greatest width, in pixels.
const LOGO_HEIGHT: u32 = 36;
const LOGO_WIDTH: u32 = 220;

/// The look of a tenant's mail, and its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letterhead {
    name: String,
    sender_name: String,
    origin: String,
    tokens: AccentTokens,
    logo: Option<Picture>,
    initials: String,
}

/// A logo as mail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub address: String,
    pub width: u32,
    pub height: u32,
}

impl Letterhead {
    /// The letterhead of a tenant. `origin` is where its pages begin: `https://acme.app.example`, or
    /// `https://app.example/t/acme` where tenants are named in the path.
    pub fn new(tenant: &Tenant, origin: &str) -> Self {
        Self::from_branding(&tenant.name, &tenant.branding, origin)
    }

    /// The same from a name and a branding.
    pub fn from_branding(name: &str, branding: &Branding, origin: &str) -> Self {
        let mut letterhead = Self::plain(name, origin);
        letterhead.tokens = branding.tokens.clone().unwrap_or_default();
        letterhead.logo = branding.logo.as_ref().map(|logo| {
            let (width, height) = fit(logo.width, logo.height);
            let address = format!("{}/brand/logo/{}.png", letterhead.origin, logo.hash);
            Picture { address, width, height }
        });
        letterhead.with_sender_name(branding.sender_name.as_deref().unwrap_or_default())
    }

    /// A letterhead without a branding: the product's own.
    pub fn plain(name: &str, origin: &str) -> Self {
        Self {
            name: one_line(name, NAME_LENGTH),
            sender_name: one_line(name, SENDER_NAME_LENGTH),
            origin: origin.trim_end_matches('/').to_owned(),
            tokens: AccentTokens::default(),
            logo: None,
            initials: Mark::new(name).initials().to_owned(),
        }
    }

    /// The same with another name before the sender's address; an empty one changes nothing.
    #[must_use]
    pub fn with_sender_name(mut self, name: &str) -> Self {
        let name = one_line(name, SENDER_NAME_LENGTH);
        if !name.is_empty() {
            self.sender_name = name;
        }
        self
    }

    /// What the tenant is called, in one line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name before the sender's address: the tenant's, unless it chose another. In one line.
    pub fn sender_name(&self) -> &str {
        &self.sender_name
    }

    /// Where the tenant's pages begin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A page of the tenant as a link for a letter: `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(super) fn tokens(&self) -> &AccentTokens {
        &self.tokens
    }

    pub(super) fn logo(&self) -> Option<&Picture> {
        self.logo.as_ref()
    }

    pub(super) fn initials(&self) -> &str {
        &self.initials
    }
}

/// The size at which a logo is shown: its own proportions, not enlarged.
fn fit(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (width.max(1), height.max(1));
    let scaled = |from: u32, of: u32, to: u32| {
        u32::try_from(u64::from(from) * u64::from(to) / u64::from(of)).unwrap_or(to).max(1)
    };
    let shown = height.min(LOGO_HEIGHT);
    let wide = scaled(width, height, shown);
    if wide <= LOGO_WIDTH { (wide, shown) } else { (LOGO_WIDTH, scaled(height, width, LOGO_WIDTH)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branding::LogoRef;

    #[test]
    fn a_logo_keeps_its_proportions() {
        for (given, shown) in [
            ((512, 512), (36, 36)),
            ((400, 100), (144, 36)),
            ((2000, 100), (220, 11)),
            ((20, 10), (20, 10)),
            ((0, 0), (1, 1)),
        ] {
            assert_eq!(fit(given.0, given.1), shown, "{given:?}");
        }
    }

    #[test]
    fn its_names_are_lines() {
        let head = Letterhead::plain("Acme\r\nBcc: x@example.com", "https://acme.app.example/");
        assert_eq!(head.name(), "Acme Bcc: x@example.com");
        assert_eq!(head.sender_name(), "Acme Bcc: x@example.com");
        assert_eq!(head.link("/sign-in"), "https://acme.app.example/sign-in");
        assert_eq!(head.clone().with_sender_name(" \r\n").sender_name(), head.sender_name());
        assert_eq!(head.with_sender_name("Acme\nHelp").sender_name(), "Acme Help");
    }

    #[test]
    fn the_logo_is_at_the_tenant() {
        let logo = LogoRef { hash: "abc".into(), width: 360, height: 72 };
        let branding = Branding::new("Acme", None, None, Some(logo));
        let head = Letterhead::from_branding("Acme", &branding, "https://app.example/t/acme");
        let picture = head.logo().unwrap();
        assert_eq!(picture.address, "https://app.example/t/acme/brand/logo/abc.png");
        assert_eq!((picture.width, picture.height), (180, 36));
    }
}
