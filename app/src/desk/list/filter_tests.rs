use time::macros::date;
use uuid::Uuid;

use super::*;

/// The same numbers in each run: a linear congruential generator.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    fn perhaps<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.coin().then(|| make(self))
    }

    fn some_of<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().copied().filter(|_| self.coin()).collect()
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128((u128::from(self.below(u64::MAX >> 33)) << 90) | u128::from(self.below(1 << 30)))
    }

    fn day(&mut self) -> Date {
        // The length of the span does not matter; 300,000 days reach beyond the year 2700.
        date!(1970 - 01 - 01) + time::Duration::days(i64::try_from(self.below(300_000)).unwrap())
    }

    fn moment(&mut self) -> Moment {
        let day = self.day();
        if self.coin() {
            return Moment::Day(day);
        }
        let micros = i64::try_from(self.below(86_400_000_000 >> 6) << 6).unwrap();
        Moment::At(day.midnight().assume_utc() + time::Duration::microseconds(micros))
    }

    fn somebody(&mut self) -> Somebody {
        if self.coin() { Somebody::Me } else { Somebody::Account(AccountId(self.id())) }
    }

    fn span(&mut self) -> Span {
        let span = Span { from: self.perhaps(Self::moment), to: self.perhaps(Self::moment) };
        if span.is_reversed() { Span { from: span.to, to: span.from } } else { span }
    }

    fn due(&mut self) -> Due {
        let word = usize::try_from(self.below(6)).unwrap();
        if let Some(word) = Due::WORDS[..4].get(word) {
            return word.0;
        }
        let (one, other) = (self.day(), self.day());
        match self.below(3) {
            0 => Due::Between(Some(one), None),
            1 => Due::Between(None, Some(other)),
            _ => Due::Between(Some(one.min(other)), Some(one.max(other))),
        }
    }

    fn text(&mut self) -> String {
        let signs: Vec<char> = "ab ÄОß&=+%#?;\"'<>/\\—🙂\u{202e}_-".chars().collect();
        let count = self.below(40);
        let text: String =
            (0..count).map(|_| signs[usize::try_from(self.below(signs.len() as u64)).unwrap()]).collect();
        text.trim().to_owned()
    }

    fn filter(&mut self) -> Filter {
        let mut labels: Vec<_> = (0..self.below(4)).map(|_| LabelId(self.id())).collect();
        labels.sort_unstable();
        labels.dedup();
        let text = self.text();
        let by = crate::desk::list::SortBy::ALL[usize::try_from(self.below(5)).unwrap()];
        let sort = Sort { by, is_descending: self.coin() };
        let is_default = sort == Sort::default_of(!text.is_empty());
        let is_unlabelled = labels.is_empty() && self.coin();
        Filter {
            sort: (self.coin() && !is_default && !(text.is_empty() && sort.is_relevance())).then_some(sort),
            text,
            project: self.perhaps(|numbers| format!("OPS{}", numbers.below(1000))),
            statuses: self.some_of(Status::ALL),
            priorities: self.some_of(Priority::ALL),
            assignee: self.perhaps(|numbers| {
                if numbers.coin() { Assignee::Nobody } else { Assignee::Somebody(numbers.somebody()) }
            }),
            requester: self.perhaps(Self::somebody),
            labels,
            is_unlabelled,
            watcher: self.perhaps(Self::somebody),
            due: self.perhaps(Self::due),
            created: self.span(),
            updated: self.span(),
            resolved: self.span(),
        }
    }
}

#[test]
fn every_filter_is_read_back() {
    let mut numbers = Numbers(20_261_121);
    for _ in 0..2000 {
        let filter = numbers.filter();
        assert_eq!(Filter::parse(&filter.query()), Ok(filter.clone()), "{}", filter.query());
        let pairs = filter.pairs();
        let again = Filter::read(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(again, Ok(filter));
    }
}

#[test]
fn what_is_empty_is_not_there() {
    let filter = Filter::parse("q=+&status=&assignee=&due=&due_from=&created_to=&sort=").unwrap();
    assert_eq!(filter, Filter::default());
    assert!(filter.is_everything() && filter.query().is_empty());
    assert!(Filter::parse("sort=updated").unwrap().is_everything());
}

#[test]
fn one_filter_has_one_form() {
    let one = Filter::parse("status=closed&status=open&status=open&project=ops&q=+printer+").unwrap();
    assert_eq!(one.query(), "q=printer&project=OPS&status=open&status=closed");
    assert_eq!(Filter::parse("sort=-created").unwrap().query(), "", "the order that there would be anyway");
    assert_eq!(Filter::parse("q=a&sort=-created").unwrap().query(), "q=a&sort=-created");
    assert_eq!(Filter::parse("q=a&sort=-relevance").unwrap().query(), "q=a");
    assert_eq!(Filter::parse("q=a").unwrap().order().word(), "-relevance");
}

#[test]
fn what_is_wrong_is_named() {
    for (query, message) in [
        ("status=lost", "“lost” is no status of a ticket; allowed are open, pending, solved, closed."),
        ("priority=HIGH", "“HIGH” is no priority of a ticket; allowed are low, normal, high, urgent."),
        ("sttus=open", "“sttus” is nothing that tickets can be filtered by; known are q, project,"),
        ("assignee=max", "“max” is no assignee; allowed are none, me, ids such as usr_01k…."),
        ("assignee=me&assignee=none", "“assignee” is given twice and takes one value."),
        ("requester=none", "“none” is no requester; allowed are me, ids"),
        ("label=bug", "“bug” is no label; allowed are none, ids such as lbl_01k…"),
        ("label=none&label=lbl_00000000000000000000000001", "“label=none” asks for tickets without a label"),
        ("watcher=none", "“none” is no watcher; allowed are me, ids such as usr_01k…"),
        ("watcher=me&watcher=me", "“watcher” is given twice and takes one value."),
        ("due=soon", "“soon” is no due date; allowed are overdue, today, week, none."),
        ("due=today&due_from=2026-11-01", "Give either “due” or “due_from” and “due_to”, not both."),
        ("due_from=2026-11-02&due_to=2026-11-01", "“due_from” is later than “due_to”."),
        ("due_from=2026-11-31", "“2026-11-31” is no day; allowed are a day such as 2026-11-21."),
        ("created_from=2026-11-02&created_to=2026-11-01", "“created_from” is later than “created_to”."),
        ("resolved_from=2026-11-02&resolved_to=2026-11-01", "“resolved_from” is later than “resolved_to”."),
        ("resolved_to=2026-11-01&resolved_to=2026-11-02", "“resolved_to” is given twice and takes one value."),
        ("updated_to=now", "“now” is no point in time; allowed are a day such as"),
        ("sort=title", "“title” is no order; allowed are created, updated, priority, due, relevance, each"),
        ("sort=-relevance", "Sorting by relevance needs words to look for"),
        ("project=O", "“O” is no project; allowed are keys such as OPS."),
        ("q=%FF", "is not UTF-8"),
        ("q=a%00b", "“q” contains a control character; remove it."),
        ("q=a&q=b", "“q” is given twice"),
        (&format!("q={}", "x".repeat(201)), "“q” has 201 characters; 200 are allowed."),
        ("status=a%0Ab%1B", "“ab” is no status"),
    ] {
        let error = Filter::parse(query).unwrap_err().to_string();
        assert!(error.contains(message), "{query}: {error}");
    }
    let labels: Vec<String> =
        (0..=MOST_LABELS).map(|number| format!("label={}", LabelId(Uuid::from_u128(number as u128)))).collect();
    assert_eq!(Filter::parse(&labels.join("&")), Err(FilterError::TooManyLabels(21)));
}
