//! A disk of a few megabytes, which a test may fill.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What says that mounting is not possible here, and that it is known.
const WITHOUT: &str = "JIAOZI_TEST_NO_MOUNT";

/// A file system of its own, mounted for as long as this lives.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one. Only root can: for anybody else there is none, which is said. Root that may not mount
    /// either, as in some containers, has to say so, lest the test be left out unnoticed.
    pub fn mount(megabytes: u32) -> Option<SmallDisk> {
        let id = Command::new("id").arg("-u").output().expect("id");
        if id.stdout != b"0\n" || std::env::var_os(WITHOUT).is_some() {
            eprintln!("left out: only root can mount a small disk, or {WITHOUT} is set");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={megabytes}m,mode=0755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(folder.path())
            .status();
        let mounted = mounted.expect("mount").success();
        assert!(mounted, "root cannot mount here: set {WITHOUT}=1 to leave this out knowingly");
        Some(SmallDisk { folder })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).expect("a file");
        while ballast.write_all(&[0; 65_536]).is_ok() {}
    }

    /// Gives that room back.
    pub fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("it was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while something still has a file open on it.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
