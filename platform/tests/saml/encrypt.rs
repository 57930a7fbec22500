//! Encrypts assertions as providers do.

use openssl::{
    md::{Md, MdRef},
    pkey_ctx::PkeyCtx,
    rsa::Padding,
    symm::{Cipher, Crypter, Mode, encrypt_aead},
};

use super::forge::pair;

const XMLENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XMLENC11: &str = "http://www.w3.org/2009/xmlenc11#";

/// How an assertion is encrypted.
#[derive(Clone)]
pub(crate) struct Encryption {
    /// `aes128-cbc`, … `aes256-gcm`.
    pub(crate) content: &'static str,
    pub(crate) key: KeyWrap,
    pub(crate) holder: &'static str,
    /// Whether the key stands beside the data and not within it.
    pub(crate) beside: bool,
    /// The padding byte of CBC, where it is to be a wrong one.
    pub(crate) padding: Option<u8>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum KeyWrap {
    OaepMgf1p,
    OaepMgf1pSha256,
    Oaep11Sha256,
    Rsa15,
}

impl Default for Encryption {
    fn default() -> Self {
        Self { content: "aes256-gcm", key: KeyWrap::OaepMgf1p, holder: "sp", beside: false, padding: None }
    }
}

impl Encryption {
    pub(crate) fn encrypt(&self, plain: &str) -> String {
        let (cipher, namespace) = match self.content {
            "aes128-cbc" => (Cipher::aes_128_cbc(), XMLENC),
            "aes192-cbc" => (Cipher::aes_192_cbc(), XMLENC),
            "aes256-cbc" => (Cipher::aes_256_cbc(), XMLENC),
            "aes128-gcm" => (Cipher::aes_128_gcm(), XMLENC11),
            "aes192-gcm" => (Cipher::aes_192_gcm(), XMLENC11),
            _ => (Cipher::aes_256_gcm(), XMLENC11),
        };
        let mut key = vec![0; cipher.key_len()];
        openssl::rand::rand_bytes(&mut key).unwrap();
        let mut vector = vec![0; cipher.iv_len().unwrap()];
        openssl::rand::rand_bytes(&mut vector).unwrap();
        let sealed = if self.content.ends_with("gcm") {
            let mut tag = [0; 16];
            let sealed = encrypt_aead(cipher, &key, Some(&vector), &[], plain.as_bytes(), &mut tag).unwrap();
            [vector, sealed, tag.to_vec()].concat()
        } else {
            [vector.clone(), cbc(cipher, &key, &vector, plain.as_bytes(), self.padding)].concat()
        };
        let (data, wrapped) = (encode(&sealed), self.encrypted_key(&key));
        let content = self.content;
        let (within, beside) = if self.beside {
            (String::new(), wrapped)
        } else {
            (
                format!(r#"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{wrapped}</ds:KeyInfo>"#),
                String::new(),
            )
        };
        format!(
            r#"<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="{XMLENC}" Type="{XMLENC}Element"><xenc:EncryptionMethod Algorithm="{namespace}{content}"/>{within}<xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}</saml:EncryptedAssertion>"#
        )
    }

    fn encrypted_key(&self, key: &[u8]) -> String {
        let dsig = r#"xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#;
        let sha1 = format!(r#"<ds:DigestMethod {dsig} Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>"#);
        let sha256 = format!(r#"<ds:DigestMethod {dsig} Algorithm="{XMLENC}sha256"/>"#);
        let (algorithm, inside, digests) = match self.key {
            KeyWrap::OaepMgf1p => (format!("{XMLENC}rsa-oaep-mgf1p"), sha1, Some((Md::sha1(), Md::sha1()))),
            KeyWrap::OaepMgf1pSha256 => (format!("{XMLENC}rsa-oaep-mgf1p"), sha256, Some((Md::sha256(), Md::sha1()))),
            KeyWrap::Oaep11Sha256 => (
                format!("{XMLENC11}rsa-oaep"),
                format!(r#"{sha256}<xenc11:MGF xmlns:xenc11="{XMLENC11}" Algorithm="{XMLENC11}mgf1sha256"/>"#),
                Some((Md::sha256(), Md::sha256())),
            ),
            KeyWrap::Rsa15 => (format!("{XMLENC}rsa-1_5"), String::new(), None),
        };
        let wrapped = encode(&wrap(self.holder, key, digests));
        format!(
            r#"<xenc:EncryptedKey xmlns:xenc="{XMLENC}"><xenc:EncryptionMethod Algorithm="{algorithm}">{inside}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"#
        )
    }
}

fn wrap(holder: &str, key: &[u8], digests: Option<(&'static MdRef, &'static MdRef)>) -> Vec<u8> {
    let public = pair(holder).certificate.public_key().unwrap();
    let mut context = PkeyCtx::new(&public).unwrap();
    context.encrypt_init().unwrap();
    if let Some((digest, mgf)) = digests {
        context.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        context.set_rsa_oaep_md(digest).unwrap();
        context.set_rsa_mgf1_md(mgf).unwrap();
    } else {
        context.set_rsa_padding(Padding::PKCS1).unwrap();
    }
    let mut wrapped = Vec::new();
    context.encrypt_to_vec(key, &mut wrapped).unwrap();
    wrapped
}

fn cbc(cipher: Cipher, key: &[u8], vector: &[u8], plain: &[u8], padding: Option<u8>) -> Vec<u8> {
    let mut padded = plain.to_vec();
    let missing = 16 - plain.len() % 16;
    padded.extend(std::iter::repeat_n(b'#', missing - 1));
    padded.push(padding.unwrap_or(u8::try_from(missing).unwrap()));
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(vector)).unwrap();
    crypter.pad(false);
    let mut sealed = vec![0; padded.len() + 16];
    let mut length = crypter.update(&padded, &mut sealed).unwrap();
    length += crypter.finalize(&mut sealed[length..]).unwrap();
    sealed.truncate(length);
    sealed
}

fn encode(bytes: &[u8]) -> String {
    openssl::base64::encode_block(bytes)
}
