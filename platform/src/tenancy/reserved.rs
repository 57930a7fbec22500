//! The names that no tenant may take as its [`Slug`](super::slug::Slug).

use std::{collections::HashSet, sync::LazyLock};

/// Hosts of the product itself, today's and those it may want. `t` is the path prefix of tenants
/// where there is no wildcard DNS.
const OF_THE_PRODUCT: &str = "
    accounts admin admins analytics api api-docs apis app apps asset assets audit auth backup beta
    billing blog cache careers cdn ci community console contact control cpanel customer customers
    dashboard data db demo desk dev developer developers docs download downloads events favicon
    feedback files forum git graphql health healthz help helpdesk home id identity images img info
    invite invites jobs js jwks legal live log login logout logs marketing media metrics mobile
    monitor monitoring my network news newsletter oauth oidc onboarding openid ops partner partners
    password pay payment payments platform portal preview pricing privacy prod production proxy
    public qa register robots rowhouse saml sandbox scim search secure server service services
    settings shop sign-in sign-out sign-up signin signout signup sitemap sql sso staging static
    statistics stats status store stripe t tenant tenants terms test testing token updates upload
    uploads user users web webhook webhooks wiki workspace workspaces ws www www1 www2";

/// Names that mail, DNS and discovery protocols give a meaning: mailboxes (RFC 2142), special-use
/// domains (RFC 6761), MTA-STS (RFC 8461), mail autoconfiguration, WPAD and ISATAP (RFC 5214).
const OF_PROTOCOLS: &str = "
    abuse acme-challenge autoconfig autodiscover broadcasthost dns email example ftp hostmaster imap
    invalid isatap local localdomain localhost mail mailer-daemon mailserver mta-sts mx no-reply noc
    nobody noreply ns ns1 ns2 ns3 ns4 pop pop3 postmaster sftp smtp ssh ssl tls uucp vpn webmail
    webmaster well-known wpad";

/// Names that could pass for the operator or its staff, or that programs write for a missing value.
const OF_AUTHORITY: &str = "
    administrator internal none null official operator owner root security staff sudo superuser
    support sysadmin system team teams undefined";

static RESERVED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    [OF_THE_PRODUCT, OF_PROTOCOLS, OF_AUTHORITY].iter().flat_map(|names| names.split_ascii_whitespace()).collect()
});

/// Whether `label`, in lower case, is kept for the product itself. Only whole names count:
/// `admin-team` is free.
pub(super) fn is_reserved(label: &str) -> bool {
    RESERVED.contains(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_every_kind() {
        for name in ["www", "console", "t", "scim", "postmaster", "localhost", "root"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["acme", "admin-team", "Admin", ""] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn every_name_is_a_label_in_lower_case() {
        for name in RESERVED.iter() {
            let is_label = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(is_label, "{name}");
        }
    }
}
