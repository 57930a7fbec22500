//! Where a cluster lives: under `.rowhouse/`, unless its user cannot get there or the socket's path is too long.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};

use crate::checkout::Checkout;
use crate::running::{self, SystemUser};
use crate::step;

/// Where clusters go whose checkout the system's `postgres` user cannot reach, as below `/root`.
const ELSEWHERE: &str = "/var/lib/rowhouse";
/// `sun_path` holds 108 bytes with the final zero (unix(7)); `/.s.PGSQL.` and a port take 15.
const LONGEST_SOCKET_FOLDER: usize = 90;

/// The folders of a cluster and the user who owns them.
#[derive(Debug)]
pub(crate) struct Home {
    /// Holds all of it; mode 0700.
    pub(crate) folder: PathBuf,
    /// Holds the Unix sockets; mode 0700, so that who may open it is the owner and root.
    pub(crate) sockets: PathBuf,
    /// Whom the server runs as, where that is not the user of this program: PostgreSQL refuses to run as root.
    pub(crate) user: Option<SystemUser>,
}

impl Home {
    /// Makes the folders of the cluster `name`, or finds them.
    ///
    /// # Errors
    /// When a folder cannot be made or belongs to someone else.
    pub(crate) fn prepare(checkout: &Checkout, name: &str) -> Result<Self> {
        let user = owner()?;
        let folder = place(checkout, name, user.as_ref())?;
        let mut sockets = folder.join("sockets");
        if sockets.as_os_str().len() > LONGEST_SOCKET_FOLDER || !plain(&sockets) {
            sockets = PathBuf::from(format!("/tmp/rowhouse-{}-{name}", checkout.fingerprint()));
        }
        private_folder(&sockets, user.as_ref())?;
        Ok(Self { folder, sockets, user })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What the server writes.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("postgresql.log")
    }
}

/// Root cannot run PostgreSQL; the system's `postgres` user does it then.
fn owner() -> Result<Option<SystemUser>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let user = User::from_name("postgres")?
        .context("PostgreSQL does not run as root, and there is no system user `postgres`")?;
    Ok(Some(SystemUser { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() }))
}

fn place(checkout: &Checkout, name: &str, user: Option<&SystemUser>) -> Result<PathBuf> {
    let own = checkout.state().join(name);
    let Some(user) = user else {
        private_folder(&own, None)?;
        return Ok(own);
    };
    if let Ok(target) = fs::read_link(&own) {
        private_folder(&target, Some(user))?;
        return Ok(target);
    }
    private_folder(&own, Some(user))?;
    if reachable(&own, user)? {
        return Ok(own);
    }
    let elsewhere = Path::new(ELSEWHERE).join(checkout.fingerprint()).join(name);
    if let Some(parent) = elsewhere.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::remove_dir(&own).with_context(|| format!("{} should be empty and is not", own.display()))?;
    private_folder(&elsewhere, Some(user))?;
    symlink(&elsewhere, &own)?;
    step::note(&format!(
        "The user `{}` cannot reach {}: this database lives in {}, linked from there.",
        user.name,
        own.display(),
        elsewhere.display()
    ));
    Ok(elsewhere)
}

fn reachable(folder: &Path, user: &SystemUser) -> Result<bool> {
    let mut test = running::command_as(Some(user), Signal::SIGTERM, "test");
    test.current_dir("/").arg("-w").arg(folder);
    Ok(running::capture(&mut test, None)?.status.success())
}

/// A folder that `user` (or we) alone may enter. One that another could have prepared is refused.
fn private_folder(folder: &Path, user: Option<&SystemUser>) -> Result<()> {
    let describe = || format!("cannot make the folder {}", folder.display());
    if !fs::exists(folder)? {
        let mut builder = DirBuilder::new();
        builder.mode(0o700).create(folder).with_context(describe)?;
        if let Some(user) = user {
            chown(folder, Some(user.uid), Some(user.gid)).with_context(describe)?;
        }
    }
    let found = fs::symlink_metadata(folder).with_context(describe)?;
    let expected = user.map_or_else(|| Uid::effective().as_raw(), |user| user.uid);
    if !found.is_dir() || found.uid() != expected {
        bail!(
            "{} should be a folder of user {expected} and is not. Move it away, then run the command again",
            folder.display()
        );
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(describe)
}

/// Whether the path needs no quoting in a connection URL or in PostgreSQL's list of socket folders.
fn plain(path: &Path) -> bool {
    path.as_os_str().as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_a_url_would_mangle_are_told_apart() {
        assert!(plain(Path::new("/home/anna/row_house-2.0/x")));
        assert!(!plain(Path::new("/home/anna/my projects/x")));
        assert!(!plain(Path::new("/home/anna/a,b")));
        assert!(!plain(Path::new("/home/anna/caf\u{e9}")));
    }

    #[test]
    fn a_folder_prepared_by_another_is_refused() {
        let folder = std::env::temp_dir().join(format!("xtask-home-{}", std::process::id()));
        fs::create_dir(&folder).expect("a new folder");
        let link = folder.join("link");
        symlink("/usr", &link).expect("a link");
        let error = private_folder(&link, None).expect_err("a link is no folder of ours");
        assert!(error.to_string().contains("Move it away"), "{error}");
        private_folder(&folder.join("new"), None).expect("a new one is made");
        let mode = fs::metadata(folder.join("new")).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::remove_dir_all(&folder).expect("removed");
    }
}
