use std::collections::{BTreeMap, BTreeSet, HashSet};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use time::macros::datetime;
use time::{Duration, OffsetDateTime, Weekday};

use super::generate::{TICKETS, demo_tenants, read_book};
use super::people::{ACME, GLOBEX, INITECH};
use super::story::{Book, Story, Thread};
use super::template::Template;
use super::tickets::TITLE_CHARACTERS;
use super::{DemoChange, DemoRole, DemoStatus, DemoTenant, DemoTicket, LogoError, logo_png};

const NOW: OffsetDateTime = datetime!(2026-11-18 15:00 UTC);

fn tenants() -> Vec<DemoTenant> {
    demo_tenants(NOW).expect("every story can be told")
}

fn each_ticket(check: impl Fn(&DemoTenant, &DemoTicket)) {
    for tenant in tenants() {
        for ticket in &tenant.tickets {
            check(&tenant, ticket);
        }
    }
}

#[test]
fn same_time_gives_the_same_tenants() {
    assert_eq!(tenants(), tenants());
}

#[test]
fn every_company_has_eight_people_with_their_own_addresses() {
    for tenant in tenants() {
        let emails: HashSet<_> = tenant.people.iter().map(|person| person.email.as_str()).collect();
        assert_eq!(emails.len(), 8);
        assert!(emails.contains(format!("member@{}.test", tenant.slug).as_str()));
        let owners: Vec<_> = tenant.people.iter().filter(|person| person.role == DemoRole::Owner).collect();
        assert_eq!(owners.len(), 1);
        assert_eq!(owners[0].email, format!("owner@{}.test", tenant.slug));
    }
}

#[test]
fn tickets_are_numbered_in_order_of_creation() {
    for tenant in tenants() {
        assert_eq!(tenant.tickets.len(), TICKETS);
        for project in 0..tenant.projects.len() {
            let tickets: Vec<_> = tenant.tickets.iter().filter(|ticket| ticket.project == project).collect();
            assert!(tickets.len() > 100, "{}: {} in {project}", tenant.slug, tickets.len());
            assert!(tickets.iter().zip(1..).all(|(ticket, number)| ticket.number == number));
        }
        assert!(tenant.tickets.is_sorted_by_key(|ticket| ticket.created_at));
    }
}

#[test]
fn everything_happens_within_the_last_year_and_in_order() {
    each_ticket(|tenant, ticket| {
        let place = format!("{} #{}", tenant.slug, ticket.number);
        assert!(ticket.created_at > NOW - Duration::days(366), "{place}");
        let mut last = ticket.created_at;
        for comment in &ticket.comments {
            assert!(comment.created_at > last, "{place}");
            last = comment.created_at;
        }
        assert!(ticket.updated_at >= last && ticket.updated_at < NOW, "{place}");
        assert!(ticket.comments.len() <= 8, "{place}");
    });
}

#[test]
fn texts_are_filled_in() {
    each_ticket(|tenant, ticket| {
        let place = format!("{} #{}", tenant.slug, ticket.number);
        assert!((8..=TITLE_CHARACTERS).contains(&ticket.title.chars().count()), "{place}: {}", ticket.title);
        assert!(
            (1..=4).contains(&ticket.description.split("\n\n").count())
                || ticket.description.contains("\n- ")
                || ticket.description.contains("\n1. ")
                || ticket.description.contains("```"),
            "{place}"
        );
        for text in ticket.comments.iter().map(|c| &c.body).chain([&ticket.title, &ticket.description]) {
            assert!(!text.is_empty() && !text.contains(['{', '}', '[', ']', '|', '\\']), "{place}: {text}");
        }
    });
}

#[test]
fn people_and_status_fit_the_conversation() {
    each_ticket(|tenant, ticket| {
        let place = format!("{} #{}", tenant.slug, ticket.number);
        assert_ne!(ticket.assignee, Some(ticket.requester), "{place}");
        let answered = ticket.comments.iter().any(|comment| Some(comment.author) == ticket.assignee);
        match ticket.status {
            DemoStatus::Open => {}
            DemoStatus::Pending => assert!(answered, "{place}"),
            DemoStatus::Solved | DemoStatus::Closed => {
                assert!(ticket.assignee.is_some(), "{place}");
            }
        }
        assert!(ticket.comments.iter().all(|comment| comment.author < tenant.people.len()), "{place}");
    });
}

#[test]
fn references_point_to_earlier_tickets() {
    let mut references = 0;
    for tenant in tenants() {
        for (index, ticket) in tenant.tickets.iter().enumerate() {
            let project = tenant.projects[ticket.project].key;
            for text in ticket.comments.iter().map(|comment| &comment.body) {
                for (place, _) in text.match_indices(&format!("{project}-")) {
                    let rest = &text[place + project.len() + 1..];
                    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    let number: i64 = digits.parse().expect("a number follows the key of a project");
                    assert!(number < ticket.number, "{} {project}-{}: {text}", tenant.slug, ticket.number);
                    references += 1;
                }
            }
            assert!(ticket.links.iter().all(|(_, other)| *other < index), "{} {index}", tenant.slug);
        }
        assert!(tenant.tickets.iter().filter(|ticket| !ticket.links.is_empty()).count() > 50, "{}", tenant.slug);
    }
    assert!(references > 100, "{references}");
}

#[test]
fn steps_lead_to_where_a_ticket_stands() {
    each_ticket(|tenant, ticket| {
        let place = format!("{} {} {}", tenant.slug, ticket.project, ticket.number);
        let (mut status, mut assignee, mut last) = (DemoStatus::Open, None, ticket.created_at);
        for step in &ticket.steps {
            match step.change {
                DemoChange::Assigned(person) => assignee = Some(person),
                DemoChange::Status(from, to) => {
                    assert_eq!(from, status, "{place}");
                    status = to;
                }
            }
            assert!(step.at >= last && step.at <= ticket.updated_at && step.by < tenant.people.len(), "{place}");
            last = step.at;
        }
        assert_eq!((status, assignee), (ticket.status, ticket.assignee), "{place}");
        assert!(ticket.labels.iter().all(|label| *label < tenant.labels.len()), "{place}");
        assert!(ticket.watchers.iter().all(|person| *person < tenant.people.len()), "{place}");
    });
}

#[test]
fn every_label_is_on_some_tickets() {
    for tenant in tenants() {
        for (index, label) in tenant.labels.iter().enumerate() {
            let count = tenant.tickets.iter().filter(|ticket| ticket.labels.contains(&index)).count();
            assert!(count > 5, "{} {}: {count}", tenant.slug, label.name);
        }
    }
}

#[test]
fn titles_seldom_repeat() {
    for tenant in tenants() {
        let titles: HashSet<_> = tenant.tickets.iter().map(|ticket| ticket.title.as_str()).collect();
        assert!(titles.len() * 100 > TICKETS * 94, "{}: {} of {TICKETS}", tenant.slug, titles.len());
    }
}

#[test]
fn recent_tickets_are_open_and_old_ones_closed() {
    let share = |tickets: &[&DemoTicket], wanted: &[DemoStatus]| {
        tickets.iter().filter(|ticket| wanted.contains(&ticket.status)).count() * 100 / tickets.len()
    };
    for tenant in tenants() {
        let (recent, old): (Vec<_>, Vec<_>) =
            tenant.tickets.iter().partition(|ticket| NOW - ticket.created_at < Duration::days(1));
        assert!(share(&recent, &[DemoStatus::Open, DemoStatus::Pending]) > 50, "{}", tenant.slug);
        assert!(share(&old, &[DemoStatus::Closed]) > 80, "{}", tenant.slug);
    }
}

#[test]
fn arrivals_follow_working_days_and_grow() {
    for tenant in tenants() {
        let weekend = |ticket: &&DemoTicket| matches!(ticket.created_at.weekday(), Weekday::Saturday | Weekday::Sunday);
        assert!(tenant.tickets.iter().filter(weekend).count() < TICKETS / 20, "{}", tenant.slug);
        let half = NOW - Duration::days(182);
        let early = tenant.tickets.iter().filter(|ticket| ticket.created_at < half).count();
        assert!(early * 100 < TICKETS * 45, "{}: {early}", tenant.slug);
    }
}

#[test]
fn every_story_is_told_at_any_time_of_the_year() {
    for company in [&ACME, &GLOBEX, &INITECH] {
        let book = read_book(company).expect("the story files are whole");
        assert!(book.stories.len() > 40, "{}", company.slug);
    }
    for weeks in 0..12 {
        let now = datetime!(2027-01-01 00:00 UTC) + Duration::weeks(weeks * 4) + Duration::hours(weeks * 5);
        let tenants = demo_tenants(now).expect("every story can be told");
        assert!(tenants.iter().all(|tenant| tenant.tickets.len() == TICKETS));
    }
}

/// Fills in every text of every story in every case it may be used in, more often than chance would.
#[test]
fn every_wording_can_be_filled_in() {
    for company in [&ACME, &GLOBEX, &INITECH] {
        let book = read_book(company).expect("the story files are whole");
        for story in &book.stories {
            for case in cases(story) {
                tell_all(&book, story, case);
            }
        }
    }
}

/// The letters that the story names, and none for a ticket that never has to choose.
fn cases(story: &Story) -> Vec<Option<char>> {
    let paragraphs = story.paragraphs.iter().flat_map(|paragraph| &paragraph.wordings);
    let letters: BTreeSet<char> =
        story.titles.iter().chain(paragraphs).flat_map(|wording| wording.cases.chars()).collect();
    if letters.is_empty() { vec![None] } else { letters.into_iter().map(Some).collect() }
}

fn tell_all(book: &Book, story: &Story, case: Option<char>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut template = Template {
        rng: &mut rng,
        story: &story.name,
        tables: story.tables.iter().chain(&book.tables).collect(),
        created_at: NOW,
        bound: BTreeMap::new(),
        case,
    };
    let place = format!("{} {case:?}", story.name);
    for _ in 0..30 {
        template.case = case;
        template.bound = ["requester", "agent"].map(|name| (name.to_owned(), "1".to_owned())).into();
        if !story.incidents.is_empty() {
            template.bound.insert("prev".to_owned(), "IT-1".to_owned());
        }
        let mut used = 0;
        for title in story.titles.iter().filter(|title| template.fits(&title.cases)).collect::<Vec<_>>() {
            let title = template.fill(&title.text, NOW).expect("a title can be filled in");
            assert!(title.chars().count() <= TITLE_CHARACTERS, "{place}: {title}");
            used += 1;
        }
        assert!(used > 0, "{place}: no title");
        // What the title draws is not there for the other texts to rely on: another title may not draw it.
        template.bound.retain(|name, _| matches!(name.as_str(), "requester" | "agent" | "prev"));
        used = 0;
        for paragraph in story.paragraphs.iter().filter(|paragraph| !paragraph.optional) {
            let fitting: Vec<_> = paragraph.wordings.iter().filter(|wording| template.fits(&wording.cases)).collect();
            for wording in fitting {
                template.fill(&wording.text, NOW).expect("a paragraph can be filled in");
                used += 1;
            }
        }
        assert!(used > 0, "{place}: no description");
        let threads: Vec<_> = story.threads.iter().filter(|thread| template.fits(&thread.cases)).collect();
        assert!(!threads.is_empty(), "{place}: no conversation");
        for turn in threads
            .iter()
            .flat_map(|thread| &thread.turns)
            .filter(|turn| template.fits(&turn.cases))
            .collect::<Vec<_>>()
        {
            template.fill(&turn.text, NOW).expect("a turn can be filled in");
        }
    }
}

#[test]
fn an_incident_has_a_first_report_and_later_ones() {
    for company in [&ACME, &GLOBEX, &INITECH] {
        let book = read_book(company).expect("the story files are whole");
        let incidents: Vec<_> = book.stories.iter().filter(|story| !story.incidents.is_empty()).collect();
        assert!(!incidents.is_empty(), "{}", company.slug);
        for story in incidents {
            let refers_back = |thread: &Thread| thread.turns.iter().any(|turn| turn.text.contains("{prev}"));
            assert!(story.threads.iter().any(refers_back), "{}", story.name);
            assert!(!story.threads.iter().all(refers_back), "{}", story.name);
        }
    }
}

#[test]
fn old_tickets_are_seldom_open() {
    for tenant in tenants() {
        let left =
            |ticket: &&DemoTicket| NOW - ticket.created_at > Duration::days(90) && ticket.status == DemoStatus::Open;
        let count = tenant.tickets.iter().filter(left).count();
        assert!(count < 15, "{}: {count}", tenant.slug);
    }
}

#[test]
fn logos_are_in_the_brand_colour_on_nothing() {
    for company in [&ACME, &GLOBEX, &INITECH] {
        let png = logo_png(company.slug).expect("the company has a logo");
        let logo = image::load_from_memory(&png).expect("it is a picture").into_rgba8();
        assert_eq!(logo.dimensions(), (256, 256));
        assert_eq!(logo.get_pixel(0, 0).0[3], 0);
        let opaque: HashSet<_> = logo.pixels().filter(|pixel| pixel.0[3] == 255).collect();
        assert_eq!(opaque.len(), 1, "{}", company.slug);
        let [red, green, blue, _] = opaque.iter().next().expect("there is a colour").0;
        assert_eq!(format!("#{red:02x}{green:02x}{blue:02x}"), company.accent);
    }
    assert!(matches!(logo_png("nobody"), Err(LogoError::UnknownCompany)));
}
