//! Two people who change the same project: what each changed is kept, and where both changed the same, whoever comes
//! second sees both and decides.

use super::fields::Fields;
use crate::ui::FieldErrors;

/// What somebody else changed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Theirs {
    /// What is changed, such as “Name”.
    pub(super) what: &'static str,
    /// How it is now, as the form has it.
    pub(super) now: String,
}

/// Puts what somebody else changed (`current` against `base`, what the form was filled with) into what was typed, but
/// where that was changed too: there a message asks.
pub(super) fn merge(typed: &mut Fields, base: &Fields, current: &Fields, errors: &mut FieldErrors) -> Vec<Theirs> {
    let mut theirs = Vec::new();
    let fields = [
        ("name", "Name", &mut typed.name, &base.name, &current.name),
        ("description", "Description", &mut typed.description, &base.description, &current.description),
        ("access", "Who is in it", &mut typed.access, &base.access, &current.access),
    ];
    for (field, what, typed, base, current) in fields {
        // Browsers send other line ends than they were given.
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        let (mine, was, now) = (plain(typed), plain(base), plain(current));
        if now == was {
            continue;
        }
        if mine == was {
            typed.clone_from(current);
        } else if mine != now {
            errors.add(field, "Somebody else changed this too. Yours stands here: save to keep it.");
        }
        theirs.push(Theirs { what, now });
    }
    theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: &str, description: &str, access: &str) -> Fields {
        Fields { name: name.to_owned(), description: description.to_owned(), access: access.to_owned() }
    }

    #[test]
    fn what_only_they_changed_is_taken_over_and_what_only_i_changed_stays() {
        let base = fields("Support", "a\nb", "open");
        let mut typed = fields("Helpdesk", "a\r\nb ", "open");
        let current = fields("Support", "new", "members");
        let mut errors = FieldErrors::default();
        let theirs = merge(&mut typed, &base, &current, &mut errors);
        assert_eq!(typed, fields("Helpdesk", "new", "members"));
        assert!(errors.is_empty());
        assert_eq!(theirs.iter().map(|one| one.what).collect::<Vec<_>>(), ["Description", "Who is in it"]);
    }

    #[test]
    fn what_both_changed_is_asked() {
        let base = fields("Support", "", "open");
        let mut typed = fields("Mine", "the same", "open");
        let current = fields("Theirs", "the same", "open");
        let mut errors = FieldErrors::default();
        let theirs = merge(&mut typed, &base, &current, &mut errors);
        assert_eq!(typed.name, "Mine");
        assert!(errors.of("name").is_some() && errors.of("description").is_none());
        assert_eq!(theirs[0], Theirs { what: "Name", now: "Theirs".to_owned() });
    }
}
