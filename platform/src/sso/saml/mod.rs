//! SAML 2.0: what comes from a provider, and what goes to it.
