//! Tests of staging and committing.

use super::tree::files_of;
use super::*;

const WRITTEN: &str = "{\n  \"version\": 1,\n  \"program\": \"untaint 0.1.0\"\n}\n";

#[test]
fn a_run_appears_whole_and_its_stage_is_gone() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    let stage = Stage::open(&out, "one", Existing::Refuse).unwrap().unwrap();
    fs::write(stage.out().join(MANIFEST), WRITTEN).unwrap();
    assert!(!out.exists(), "nothing is visible before the commit");
    stage.commit().unwrap();
    assert!(is_finished(&out));
    assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1, "no stage is left");
    assert!(matches!(Stage::open(&out, "one", Existing::Refuse), Err(Error::Usage(_))), "a finished OUT is refused");
    assert!(Stage::open(&out, "one", Existing::Resume).unwrap().is_none(), "nothing left to do");
}

#[test]
fn a_stage_is_gone_on_with_only_when_it_is_of_the_same_run() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    let stage = Stage::open(&out, "one", Existing::Refuse).unwrap().unwrap();
    fs::write(stage.work().join("kept"), "x").unwrap();
    assert!(matches!(Stage::open(&out, "one", Existing::Resume), Err(Error::Usage(_))), "it is locked while it lives");
    drop(stage);
    let again = Stage::open(&out, "one", Existing::Resume).unwrap().unwrap();
    assert!(again.resumed && again.work().join("kept").exists());
    drop(again);
    let other = Stage::open(&out, "two", Existing::Resume).unwrap().unwrap();
    assert!(!other.resumed && other.discarded && !other.work().join("kept").exists());
}

#[test]
fn a_file_written_whole_touches_no_other_and_leaves_none_behind() {
    let d = tempfile::tempdir().unwrap();
    fs::write(d.path().join(".profile"), "of a shell").unwrap();
    write_whole(&d.path().join("profile"), b"ours").unwrap();
    assert_eq!(fs::read(d.path().join(".profile")).unwrap(), b"of a shell");
    fs::create_dir_all(d.path().join("taken/by a folder")).unwrap();
    assert!(write_whole(&d.path().join("taken"), b"ours").is_err());
    assert_eq!(fs::read_dir(d.path()).unwrap().count(), 3, "no hidden file is left");
}

#[test]
fn an_overwritten_out_is_replaced_whole() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    for name in ["first", "second"] {
        let stage = Stage::open(&out, name, Existing::Overwrite).unwrap().unwrap();
        fs::write(stage.out().join(MANIFEST), WRITTEN).unwrap();
        fs::write(stage.out().join(name), name).unwrap();
        stage.commit().unwrap();
    }
    assert!(out.join("second").exists() && !out.join("first").exists());
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    fs::create_dir(&out).unwrap();
    assert!(Stage::open(&out, "one", Existing::Refuse).unwrap().is_some(), "an empty one is taken");
    fs::write(out.join("thesis.txt"), "x").unwrap();
    assert!(matches!(Stage::open(&out, "one", Existing::Overwrite), Err(Error::Usage(_))));
    fs::write(out.join(MANIFEST), r#"{"name": "an extension", "version": 1}"#).unwrap();
    for existing in [Existing::Overwrite, Existing::Resume, Existing::Refuse] {
        assert!(matches!(Stage::open(&out, "one", existing), Err(Error::Usage(_))), "a manifest of something else");
    }
}

#[test]
fn resuming_a_finished_run_leaves_the_stage_of_one_that_lives() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    fs::create_dir(&out).unwrap();
    fs::write(out.join(MANIFEST), WRITTEN).unwrap();
    let living = Stage::open(&out, "two", Existing::Overwrite).unwrap().unwrap();
    assert!(Stage::open(&out, "two", Existing::Resume).unwrap().is_none());
    assert!(living.work().is_dir(), "it is still there");
    drop(living);
    assert!(Stage::open(&out, "two", Existing::Resume).unwrap().is_none());
    assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1, "one that ended is removed");
}

#[cfg(unix)]
#[test]
fn an_out_that_is_a_link_is_written_where_it_leads() {
    let d = tempfile::tempdir().unwrap();
    let (real, out) = (d.path().join("real"), d.path().join("o"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &out).unwrap();
    for name in ["first", "second"] {
        let stage = Stage::open(&out, name, Existing::Overwrite).unwrap().unwrap();
        fs::write(stage.out().join(MANIFEST), WRITTEN).unwrap();
        fs::write(stage.out().join(name), name).unwrap();
        stage.commit().unwrap();
        assert!(out.is_symlink() && real.join(name).exists());
    }
    assert!(!real.join("first").exists());
    fs::remove_dir_all(&real).unwrap();
    assert!(matches!(Stage::open(&out, "x", Existing::Refuse), Err(Error::Usage(_))), "it leads nowhere now");
    fs::remove_file(&out).unwrap();
    std::os::unix::fs::symlink(d.path(), d.path().join(".o.untaint")).unwrap();
    assert!(matches!(Stage::open(&out, "x", Existing::Refuse), Err(Error::Usage(_))), "a link where the stage would be");
}

#[test]
fn a_run_in_a_folder_that_stays_is_taken_away_whole_and_put_there_manifest_last() {
    let d = tempfile::tempdir().unwrap();
    let (from, to) = (d.path().join("from"), d.path().join("to"));
    for path in ["from/manifest.json", "from/quarantine/manifest.json", "from/z", "to/manifest.json", "to/clean/old"] {
        let path = d.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    assert_eq!(files_of(&from).unwrap().last(), Some(&from.join(MANIFEST)));
    empty(&to).unwrap();
    move_into(&from, &to).unwrap();
    assert!(to.join("quarantine/manifest.json").exists() && to.join(MANIFEST).exists() && !to.join("clean").exists());
}

#[test]
fn a_commit_that_was_cut_off_is_ended_or_taken_back() {
    for (staged, wanted, why) in [(WRITTEN, "new", "the new one is whole"), ("{", "old", "it is not")] {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        let folder = d.path().join(".o.untaint");
        for (name, manifest) in [("out", staged), ("replaced", WRITTEN)] {
            fs::create_dir_all(folder.join(name)).unwrap();
            fs::write(folder.join(name).join(MANIFEST), manifest).unwrap();
            fs::write(folder.join(name).join(if name == "out" { "new" } else { "old" }), "x").unwrap();
        }
        let living = locked(&folder).unwrap();
        recover(&out).unwrap();
        assert!(!out.exists(), "{why}: somebody is at work");
        drop(living);
        recover(&out).unwrap();
        assert!(out.join(wanted).exists() && is_finished(&out), "{why}");
        assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1, "{why}: no stage is left");
        recover(&out).unwrap();
    }
}

#[test]
fn what_an_older_commit_left_is_in_nobodys_way() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    for at in [out.clone(), d.path().join(".o.untaint/replaced")] {
        fs::create_dir_all(&at).unwrap();
        fs::write(at.join(MANIFEST), WRITTEN).unwrap();
    }
    let stage = Stage::amend(&out).unwrap();
    fs::write(stage.out().join(MANIFEST), WRITTEN).unwrap();
    stage.commit().unwrap();
    assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1);
}

#[test]
fn a_staged_run_is_not_taken_for_a_decision() {
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    assert!(matches!(Stage::amend(&out), Err(Error::Usage(_))), "there is nothing to change");
    fs::create_dir(&out).unwrap();
    fs::write(out.join(MANIFEST), WRITTEN).unwrap();
    let run = Stage::open(&out, "a run", Existing::Overwrite).unwrap().unwrap();
    fs::write(run.work().join("kept"), "x").unwrap();
    drop(run);
    assert!(matches!(Stage::amend(&out), Err(Error::Usage(_))));
    assert!(d.path().join(".o.untaint").join("work").join("kept").exists(), "it can still be gone on with");
}

#[test]
fn moving_in_that_was_cut_off_is_ended() {
    for (at, is_moving, wanted) in [("nothing moved", true, true), ("half moved", true, true), ("no mark", false, false)] {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        let staged = d.path().join(".o.untaint/out");
        fs::create_dir_all(staged.join("clean")).unwrap();
        fs::create_dir_all(&out).unwrap();
        fs::write(staged.join("clean/a.csv"), "new").unwrap();
        fs::write(staged.join(MANIFEST), WRITTEN).unwrap();
        fs::write(out.join("old"), "old").unwrap();
        if at == "half moved" {
            fs::create_dir_all(out.join("clean")).unwrap();
            fs::write(out.join("clean/.a.csv.untaint"), "ne").unwrap();
        }
        if is_moving {
            fs::write(d.path().join(".o.untaint").join(MOVING), "").unwrap();
        }
        recover(&out).unwrap();
        assert_eq!(is_finished(&out), wanted, "{at}");
        if wanted {
            assert!(fs::read(out.join("clean/a.csv")).unwrap() == b"new" && !out.join("old").exists(), "{at}");
            assert_eq!(fs::read_dir(out.join("clean")).unwrap().count(), 1, "{at}");
            assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1, "{at}: no stage is left");
        }
    }
}

#[test]
fn what_a_decision_left_behind_is_removed_and_a_run_s_stage_is_not() {
    for (identity, left) in [(DECISION, 1), ("a run", 2)] {
        let d = tempfile::tempdir().unwrap();
        let (out, folder) = (d.path().join("o"), d.path().join(".o.untaint"));
        for at in [out.clone(), folder.join("out/quarantine")] {
            fs::create_dir_all(at).unwrap();
        }
        fs::write(out.join(MANIFEST), WRITTEN).unwrap();
        fs::write(folder.join("identity"), identity).unwrap();
        fs::create_dir(d.path().join(".o.untaint.gone")).unwrap();
        let living = locked(&folder).unwrap();
        recover(&out).unwrap();
        assert!(folder.exists(), "somebody is at work");
        drop(living);
        recover(&out).unwrap();
        assert_eq!(fs::read_dir(d.path()).unwrap().count(), left, "{identity}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_with_a_slash_is_what_it_leads_to() {
    let d = tempfile::tempdir().unwrap();
    let (real, link) = (d.path().join("real"), d.path().join("ln"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let slashed = PathBuf::from(format!("{}/", link.display()));
    for name in ["first", "second"] {
        let stage = Stage::open(&slashed, name, Existing::Overwrite).unwrap().unwrap();
        fs::write(stage.out().join(MANIFEST), WRITTEN).unwrap();
        fs::write(stage.out().join(name), name).unwrap();
        stage.commit().unwrap();
    }
    assert!(link.is_symlink() && real.join("second").exists() && !real.join("first").exists());
    assert_eq!(fs::read_dir(d.path()).unwrap().count(), 2, "no stage is left");
}

#[test]
fn a_lock_on_a_stage_that_was_taken_away_is_none() {
    let d = tempfile::tempdir().unwrap();
    let path = d.path().join("lock");
    let file = File::create(&path).unwrap();
    assert!(is_there(&file, &path));
    fs::rename(&path, d.path().join("gone")).unwrap();
    assert!(!is_there(&file, &path));
    File::create(&path).unwrap();
    assert!(!is_there(&file, &path), "another of its name");
}

#[cfg(unix)]
#[test]
fn folders_that_are_read_only_are_removed_and_an_out_that_is_one_is_not_decided_on() {
    use std::os::unix::fs::PermissionsExt;
    let d = tempfile::tempdir().unwrap();
    let out = d.path().join("o");
    fs::create_dir_all(out.join("clean")).unwrap();
    fs::write(out.join("clean/a"), "x").unwrap();
    fs::write(out.join(MANIFEST), WRITTEN).unwrap();
    for folder in [out.join("clean"), out.clone()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    }
    let refused = Stage::amend(&out).map(drop).unwrap_err();
    assert!(refused.exit_code() == 2 && refused.to_string().contains("read-only"), "{refused}");
    remove(&out).unwrap();
    assert!(!out.exists());
}
