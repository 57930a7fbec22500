-- What tickets say. Subjects and problems make titles, the three parts of a body make descriptions. Those that stand
-- first are used most, so that some words are in many tickets and most are in few.

CREATE TABLE seed.piece (
    kind text NOT NULL,
    place integer NOT NULL,
    text text NOT NULL,
    -- Its words as the search has them in comments, but for the tenant's digits before each.
    words tsvector NOT NULL,
    PRIMARY KEY (kind, place)
);

INSERT INTO seed.piece (kind, place, text, words)
SELECT p.kind, t.place - 1, t.text, setweight(to_tsvector('simple', t.text), 'C')
FROM (VALUES
    ('subject', ARRAY[
        'Printer', 'VPN', 'Email', 'Laptop', 'Sign-in', 'Invoice export', 'Shared folder', 'Wireless network', 'Mobile app',
        'Customer portal', 'Order form', 'Password reset', 'Monthly report', 'Calendar', 'Phone line', 'Label scanner',
        'Webshop checkout', 'Dashboard', 'Backup', 'Video call', 'Timesheet', 'Search', 'Data import', 'Warehouse terminal',
        'Payment reminder', 'Delivery note', 'Access card', 'Door reader', 'Docking station', 'Headset', 'Price list',
        'Supplier record', 'Purchase order', 'Expense claim', 'Holiday request', 'Contract archive', 'Test server',
        'Nightly job', 'Certificate', 'Database replica', 'Mailing list', 'Newsletter', 'Tax rate', 'Credit note',
        'Stock count', 'Pick list', 'Forklift charger', 'Air conditioning', 'Meeting room screen', 'Coffee machine',
        'Visitor badge', 'Parking permit', 'Fire door', 'Translation', 'Training account', 'Licence key', 'Webhook',
        'Barcode', 'Sensor gateway', 'Telemetry feed', 'Map layer', 'Route planner', 'Driver tablet', 'Customs form',
        'Packing station', 'Conveyor', 'Quality record', 'Calibration', 'Spare part', 'Service contract']),
    ('problem', ARRAY[
        'does not respond', 'is slow since this morning', 'shows the wrong amount', 'asks for a password again and again',
        'stops with an error', 'is missing for a new colleague', 'cannot be opened', 'sends everything twice',
        'loses its connection', 'is empty', 'shows an old version', 'fails after the update', 'takes several minutes',
        'refuses the login', 'has the wrong address', 'needs a bigger quota', 'prints blank pages', 'is blocked',
        'freezes at the last step', 'answers in the wrong language', 'shows other dates than before',
        'must be moved to another site', 'should be renamed', 'is not in the list', 'cannot be deleted',
        'has no permission', 'reports a timeout', 'is out of paper', 'makes a strange noise', 'needs approval',
        'lost the settings', 'counts some rows twice', 'rounds differently', 'is offline', 'cannot be shared',
        'expires next week', 'must be replaced', 'does not match the contract', 'rejects the attachment',
        'crashes on start', 'has a broken link', 'is not backed up', 'ignores the filter', 'is too small',
        'overheats', 'needs a second screen', 'arrives late', 'was damaged in transit']),
    ('place', ARRAY[
        'head office', 'the Ostwick plant', 'the warehouse', 'goods-in', 'the second floor', 'the Berlin branch', 'accounting',
        'the service desk', 'the paint shop', 'the Lisbon branch', 'human resources', 'the test hall', 'dispatch',
        'the call centre', 'the showroom', 'the Oslo branch', 'engineering', 'the loading dock', 'marketing',
        'the data centre', 'the Calder Mill depot', 'purchasing', 'the canteen', 'the training room', 'the laboratory']),
    ('opening', ARRAY[
        'Since this morning this no longer works for us.', 'It worked until yesterday and nothing was changed here.',
        'I am writing for the whole team.', 'A customer told us about this today.', 'This is the second time this month.',
        'We noticed it by chance while closing the month.', 'It began right after the last update.',
        'Only some of us are affected.', 'Please have a look at this when you have a moment.',
        'A new colleague starts on Monday and needs this.', 'The auditor asked for it.', 'It happens about once an hour.',
        'We can reproduce it every time.', 'It happens on one machine only.', 'This blocks the shipment of today.',
        'Nobody in the department can continue.', 'The old workaround does not help any more.',
        'It is not urgent, but it is a nuisance.', 'The night shift reported it.', 'We compared it with last year.']),
    ('detail', ARRAY[
        'The screen stays white and nothing is saved.', 'Restarting the computer did not help.',
        'The message says that the connection was refused.', 'Another browser shows the same.',
        'The numbers differ by a few cents in every line.', 'We tried it with two different accounts.',
        'The file was about forty megabytes.', 'Over the cable it works, over the air it does not.',
        'The log shows a timeout after thirty seconds.', 'The colleague at the next desk has no such problem.',
        'The device was replaced last week.', 'The permissions look correct to me.', 'A photo of the display is with me.',
        'The button is grey and cannot be pressed.', 'After a few minutes it recovers by itself.',
        'The list shows only the first hundred entries.', 'The address is right in the old system and wrong in the new one.',
        'The confirmation arrives, the document does not.', 'It asks for a certificate that I do not have.',
        'The order was placed before the price changed.', 'The scanner beeps but books nothing.',
        'The customer sees a different total.', 'The appointment moved by one hour.',
        'The password was changed on Friday.', 'The disk is nearly full.', 'The temperature alarm went off twice.',
        'The supplier says that everything was delivered.', 'The backup finished without a warning.',
        'The form loses what was typed.', 'The meeting could not be recorded.']),
    ('request', ARRAY[
        'Please tell us when it can be used again.', 'Can somebody call me about it?', 'Please check and correct it.',
        'Do you need anything else from me?', 'We need it before the end of the week.', 'Could you please grant access?',
        'Please replace it.', 'Is this known already?', 'Please undo the change.', 'What should we do meanwhile?',
        'Please add it for all of us.', 'A short answer is enough.', 'Please close this if it cannot be done.',
        'Thank you in advance.', 'Please restore the version of yesterday.', 'Who decides about this?']),
    ('comment', ARRAY[
        'Thank you, I am looking into it.', 'Could you send me the exact message, please?',
        'It works again on our side, please try once more.', 'I have restarted the service.', 'Confirmed, all good now.',
        'I can see it in the log and passed it on to the supplier.', 'Still the same here, sorry.',
        'The account was locked; I have unlocked it.', 'Which version is shown under Help?',
        'A replacement is on its way and should arrive tomorrow.', 'The change was rolled back an hour ago.',
        'We need approval of the owner of that folder first.', 'Approved.', 'Here are the details that you asked for.',
        'The cause was a full disk; it has been cleaned.', 'Any news on this?', 'I have corrected the record by hand.',
        'It affects three other departments as well.', 'The supplier promised a fix for the next release.',
        'You can close this.', 'We agreed on the phone to wait until Monday.', 'The permission is there from now on.',
        'I could not reach you, please call back.', 'The same happened at the other site.']),
    ('given name', ARRAY[
        'Olga', 'Ravi', 'Noura', 'Piotr', 'Camille', 'Jonas', 'Leila', 'Mateo', 'Siobhan', 'Anh', 'Bram', 'Zanele', 'Oskar',
        'Irina', 'Pedro', 'Yuki', 'Hana', 'Selim', 'Grace', 'Tobias', 'Marisol', 'Arjun', 'Elif', 'Niamh', 'Freya', 'Kofi',
        'Lucia', 'Henrik', 'Amara', 'Dmitri', 'Ingrid', 'Tariq']),
    ('surname', ARRAY[
        'Lindholm', 'Menon', 'Saleh', 'Adamczyk', 'Perrin', 'Brandt', 'Farsi', 'Rojas', 'Keane', 'Nguyen', 'Verhoeven',
        'Khumalo', 'Nyman', 'Volkova', 'Sampaio', 'Mori', 'Dvorak', 'Aydin', 'Achieng', 'Frey', 'Vega', 'Pillai', 'Kaya',
        'Doherty', 'Okafor', 'Bergman', 'Castellano', 'Haddad', 'Jansen', 'Kowalska', 'Moreau', 'Tanaka', 'Novak']),
    ('company', ARRAY[
        'Tamsel', 'Orrinvale', 'Kestrelmoor', 'Bexholm', 'Vintersund', 'Palomere', 'Dunhallow', 'Astervik', 'Corbrook',
        'Lindmere', 'Sorrelfield', 'Ullesmoor', 'Harrowdeep', 'Quellmark', 'Brackenford', 'Silverlea', 'Northwane',
        'Ambergate', 'Thornbury', 'Wexcombe', 'Falkenried', 'Rosenau', 'Greyfen', 'Marlowick', 'Eastmere']),
    ('trade', ARRAY[
        'Packaging', 'Dairy', 'Quarries', 'Foods', 'Timber', 'Ceramics', 'Brewery', 'Paper', 'Recycling', 'Glass', 'Mills',
        'Steel', 'Mining', 'Bottling', 'Logistics', 'Software', 'Clinics', 'Insurance', 'Hotels', 'Energy', 'Textiles',
        'Optics', 'Shipping', 'Robotics', 'Publishing', 'Gardens', 'Tools', 'Systems', 'Motors', 'Consulting',
        'Instruments', 'Chemicals', 'Farms', 'Studios', 'Plastics', 'Railways', 'Furniture', 'Cosmetics', 'Batteries',
        'Bikes'])
) AS p (kind, texts)
CROSS JOIN LATERAL unnest(p.texts) WITH ORDINALITY AS t (text, place);

-- The words of texts that follow each other.
CREATE AGGREGATE seed.joined(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '');
