-- The columns of a file; tables, keys and comparisons of many records at once. Numbers stand for
-- texts: equal ones are equal, 0 is missing. Types of levels are made of the weights
-- (`comparing.Comparing`).

-- name: first_row
FROM line WHERE rowid = 0

-- name: count_rows
SELECT count(*) - 1 FROM line

-- name: values
-- The different texts of one column, sorted; `rowid` numbers them.
CREATE OR REPLACE TEMP TABLE value AS
SELECT DISTINCT text FROM written WHERE place > 0 ORDER BY text

-- name: value_texts
SELECT text FROM value ORDER BY rowid

-- name: value_codes
SELECT (place - 1)::INT AS place, value.rowid::INT AS code FROM written JOIN value USING (text)
WHERE place > 0

-- name: layout
CREATE TYPE lines AS ENUM ('unsaid', 'one', 'two', 'look');
CREATE TABLE given_pair(one INT, other INT, level given, is_final BOOL, spelling TINYINT);
CREATE TABLE middle_pair(one INT, other INT, level middle);
CREATE TABLE family_pair(one INT, other INT, level family);
CREATE TABLE line_pair(one INT, other INT, level BOOL);
CREATE TABLE met(low INT, high INT);
CREATE TABLE verdict(
    code BIGINT, weight DOUBLE, rule TINYINT, asks_rarity BOOL, is_of_number BOOL,
    most_for_bits DOUBLE
)

-- name: records
CREATE TABLE record AS SELECT * EXCLUDE is_first FROM named WHERE is_first ORDER BY id

-- name: keys
-- What `compare.keys` yields, kind by kind; equal things have equal numbers here.
CREATE TABLE key AS
WITH reached AS (
    SELECT id, contact, year, born, given_initial, family_initial FROM named WHERE contact <> ''
    UNION ALL
    SELECT id, second_contact, year, born, given_initial, family_initial FROM named
    WHERE second_contact <> ''
),
whole AS (
    SELECT id, born, year, month, day, given, given_initial, family, family_sound, family_letters,
        least(given_sound, family_sound) AS low, greatest(given_sound, family_sound) AS high,
        place, district
    FROM named WHERE given <> 0 AND family <> 0
)
SELECT hash('number', nhs) AS key, id FROM named WHERE is_first AND nhs <> 0
UNION ALL SELECT hash('identifier', identifier), id FROM named WHERE is_first AND identifier <> ''
UNION ALL SELECT hash('born-postcode', born, place), id FROM named
WHERE is_first AND born <> 0 AND place <> 0
UNION ALL SELECT hash('born-line', born, line), id FROM named
WHERE is_first AND born <> 0 AND house_count > 0
UNION ALL SELECT hash('phone-year', contact, year), id FROM reached WHERE born <> 0
UNION ALL SELECT hash('phone-initial', contact, given_initial), id FROM reached
WHERE given_initial <> 0
UNION ALL SELECT hash('phone-initial', contact, family_initial), id FROM reached
WHERE family_initial <> 0
UNION ALL SELECT hash('born-sound', born, given_sound), id FROM named
WHERE born <> 0 AND given <> 0
UNION ALL SELECT hash('born-sound', born, family_sound), id FROM named
WHERE born <> 0 AND family <> 0
UNION ALL SELECT hash('born-sound', born, sound), id FROM named JOIN part USING (form)
WHERE born <> 0 AND sound <> family_sound
UNION ALL SELECT hash('sounds-year', low, high, year), id FROM whole WHERE born <> 0
UNION ALL
SELECT hash('sound-initial-day', family_sound, given_initial, least(month, day), greatest(month, day)),
    id
FROM whole WHERE born <> 0
UNION ALL SELECT hash('letters-full-year', family_letters, full_name, year), id
FROM whole JOIN stands_for USING (given) WHERE born <> 0
UNION ALL SELECT hash('postcode-given-sex', place, given_sound, told), id
FROM (SELECT id, place, given, given_sound, unnest(CASE sex WHEN 0 THEN [1, 2] ELSE [sex] END) AS told
    FROM named)
WHERE place <> 0 AND given <> 0
UNION ALL SELECT hash('postcode-family-year', place, family_sound, year), id FROM named
WHERE place <> 0 AND family <> 0 AND born <> 0
UNION ALL
SELECT hash('names-district', least(full_name, family), greatest(full_name, family), district), id
FROM whole JOIN stands_for USING (given) WHERE place <> 0
UNION ALL
SELECT hash('postcode-initials', place, least(given_initial, family_initial),
        greatest(given_initial, family_initial)), id
FROM named WHERE place <> 0 AND given <> 0 AND family <> 0
UNION ALL
SELECT hash('line-initials', line, least(given_initial, family_initial),
        greatest(given_initial, family_initial)), id
FROM named WHERE house_count > 0 AND given <> 0 AND family <> 0

-- name: crowds
-- Of one part of the keys: to count all at once would take most of the memory.
CREATE OR REPLACE TEMP TABLE crowd AS
SELECT key, count(*) AS size FROM key WHERE key % $parts::UBIGINT = $part::UBIGINT GROUP BY key HAVING count(*) > 1

-- name: left_out
SELECT count(*), coalesce(sum(size), 0)::BIGINT FROM crowd WHERE size > $most

-- name: meet
INSERT INTO met
WITH shared AS (
    SELECT key, id FROM key SEMI JOIN (FROM crowd WHERE size <= $most) USING (key)
    WHERE key % $parts::UBIGINT = $part::UBIGINT
)
SELECT DISTINCT one.id, other.id
FROM shared AS one JOIN shared AS other ON one.key = other.key AND one.id < other.id

-- name: pairs
DROP TABLE key;
DROP TABLE crowd;
CREATE TABLE pair AS SELECT DISTINCT low, high FROM met;
DROP TABLE met

-- name: count_pairs
SELECT count(*) FROM pair

-- name: choose_some
-- Pairs by what their records are called, so that the order of the table does not matter.
CREATE TABLE chosen AS
SELECT low, high FROM pair JOIN record AS one ON one.id = low JOIN record AS other ON other.id = high
WHERE (one.mark + other.mark) % $step = 0

-- name: choose_all
DROP TABLE IF EXISTS chosen;
CREATE VIEW chosen AS FROM pair

-- name: compared
-- Levels that numbers tell; those that letters tell are looked up afterwards.
CREATE OR REPLACE TEMP TABLE compared AS
SELECT low, high,
    one.is_asked OR other.is_asked OR (one.abroad = '') <> (other.abroad = '')
        AND one.place <> 0 AND other.place <> 0
        OR one.is_mail AND other.is_mail
        AND abs(jaro_winkler_similarity(one.contact, other.contact) - 0.92) < 1e-9
    AS is_asked,
    one.given <> 0 AND other.given <> 0 AND one.family <> 0 AND other.family <> 0
        AND (one.given_initial = other.family_initial AND one.family_initial = other.given_initial
            OR one.given_text = other.family OR one.family = other.given_text
            OR one.given <> other.given AND one.given_initial = other.given_initial
            AND (one.given_is_chinese OR one.family_is_chinese
                OR other.given_is_chinese OR other.family_is_chinese))
    AS may_read_otherwise,
    one.given AS given, other.given AS other_given,
    one.given_initial AS given_initial, other.given_initial AS other_initial,
    one.is_whole AND other.is_whole AS is_whole,
    one.given_bits AS given_bits,
    one.form AS form, other.form AS other_form,
    one.family = other.family AS is_one_family,
    one.family_bits AS family_bits,
    one.middle AS middle, other.middle AS other_middle,
    one.line AS line, other.line AS other_line,
    one.newborn OR other.newborn AS is_unnamed,
    one.born <> 0 AND other.born <> 0 AND greatest(one.year, other.year) < $grown_up_before
    AS is_grown_up,
    CASE
        WHEN one.born = 0 OR other.born = 0 THEN 'missing'
        WHEN one.year = other.year THEN CASE
            WHEN one.month = 1 AND one.day = 1 OR other.month = 1 AND other.day = 1
            THEN 'default 1 January'
            WHEN one.born = other.born THEN 'equal'
            WHEN one.month = other.day AND one.day = other.month THEN 'day and month swapped'
            WHEN one.month = other.month OR one.day = other.day THEN 'one part differs'
            ELSE 'two parts differ' END
        WHEN one.month = other.month AND one.day = other.day THEN
            CASE WHEN abs(one.year - other.year) IN (1, 2, 10) THEN 'year off by 1, 2 or 10'
            ELSE 'only the year differs' END
        WHEN one.month = other.month OR one.day = other.day THEN 'two parts differ'
        ELSE 'three parts differ'
    END::birth AS birth,
    CASE
        WHEN one.place = 0 OR other.place = 0 THEN 'missing'
        WHEN one.place = other.place THEN 'equal'
        WHEN one.abroad <> '' THEN CASE
            WHEN least(len(one.abroad), len(other.abroad)) > 4
                AND damerau_levenshtein(one.abroad, other.abroad) = 1 THEN 'sector'
            ELSE 'different' END
        WHEN one.sector = other.sector THEN 'sector'
        WHEN one.district = other.district THEN 'district'
        ELSE 'different'
    END::home AS postcode,
    one.abroad <> '' AS is_abroad,
    CASE
        WHEN one.house_count = 0 OR other.house_count = 0 THEN 'unsaid'
        WHEN one.line = other.line THEN 'one'
        WHEN one.houses = other.houses THEN 'look'
        WHEN one.house_count = 1 AND other.house_count = 1 THEN 'two'
        ELSE 'look'
    END::lines AS lines,
    CASE
        WHEN one.contact = '' OR other.contact = '' OR one.is_mail <> other.is_mail THEN 'missing'
        WHEN one.contact = other.contact
        THEN CASE WHEN one.is_mail THEN 'same e-mail address' ELSE 'equal' END
        WHEN one.is_mail THEN CASE
            WHEN jaro_winkler_similarity(one.contact, other.contact) >= 0.92
            THEN 'like e-mail address' ELSE 'different' END
        WHEN (left(one.contact, 4) = left(other.contact, 4)
            OR right(one.contact, 4) = right(other.contact, 4))
            AND abs(len(one.contact) - len(other.contact)) <= 1
            AND damerau_levenshtein(one.contact, other.contact) = 1 THEN 'one edit'
        ELSE 'different'
    END::phone AS phone,
    CASE WHEN one.sex = 0 OR other.sex = 0 THEN 'missing'
        WHEN one.sex = other.sex THEN 'equal' ELSE 'different' END::sex AS sex,
    CASE
        WHEN one.identifier = '' OR other.identifier = '' THEN NULL
        WHEN one.identifier = other.identifier THEN 'equal'
        WHEN least(len(one.identifier), len(other.identifier)) > 5
            AND damerau_levenshtein(one.identifier, other.identifier) = 1 THEN 'one edit'
        ELSE 'different'
    END::identifier AS identifier,
    CASE WHEN one.number = 0 OR other.number = 0 THEN 'missing'
        WHEN one.number = other.number THEN 'equal' ELSE 'different' END::number AS number
FROM chosen JOIN record AS one ON one.id = low JOIN record AS other ON other.id = high
WHERE low >= $start AND low < $end

-- name: met_given
SELECT DISTINCT given AS one, other_given AS other FROM compared
ANTI JOIN given_pair ON given_pair.one = given AND given_pair.other = other_given
WHERE NOT is_asked AND given <> 0 AND other_given <> 0 AND given <> other_given

-- name: met_middle
SELECT DISTINCT middle AS one, other_middle AS other FROM compared
ANTI JOIN middle_pair ON middle_pair.one = middle AND middle_pair.other = other_middle
WHERE NOT is_asked AND middle <> 0 AND other_middle <> 0 AND middle <> other_middle

-- name: met_family
SELECT DISTINCT form AS one, other_form AS other FROM compared
ANTI JOIN family_pair ON family_pair.one = compared.form AND family_pair.other = compared.other_form
WHERE NOT is_asked AND form <> 0 AND other_form <> 0 AND NOT is_one_family

-- name: met_line
SELECT DISTINCT line AS one, other_line AS other FROM compared
ANTI JOIN line_pair ON line_pair.one = line AND line_pair.other = other_line
WHERE NOT is_asked AND lines = 'look'

-- name: met_turned
SELECT DISTINCT given, middle, form, other_given, other_middle, other_form FROM compared
WHERE may_read_otherwise AND NOT is_asked

-- name: turned
CREATE OR REPLACE TEMP TABLE turned AS FROM frame

-- name: levelled
-- One level a field; `code` holds them all, four bits each, to look up what they weigh together.
CREATE OR REPLACE TEMP TABLE levelled AS
WITH named AS (
    SELECT compared.*,
        compared.given <> 0 AND compared.other_given <> 0
            AND compared.given <> compared.other_given AND NOT given_pair.is_final
            AND (held.given IS NOT NULL OR holds.given IS NOT NULL) AS is_others_middle,
        (compared.middle = 0 OR compared.other_middle = 0)
            AND (begins.initial IS NOT NULL OR begun.initial IS NOT NULL) AS begins_middle,
        given_pair.level AS given_like, given_pair.spelling AS given_spelling,
        middle_pair.level AS middle_like, family_pair.level AS family_like,
        CASE lines WHEN 'one' THEN true WHEN 'two' THEN false ELSE line_pair.level END AS agree,
        may_read_otherwise AND turned.form IS NOT NULL AS reads_otherwise
    FROM compared
    LEFT JOIN turned ON turned.given = compared.given AND turned.middle = compared.middle
        AND turned.form = compared.form AND turned.other_given = compared.other_given
        AND turned.other_middle = compared.other_middle AND turned.other_form = compared.other_form
    LEFT JOIN given_pair ON given_pair.one = compared.given AND given_pair.other = compared.other_given
    LEFT JOIN middle_pair ON middle_pair.one = compared.middle AND middle_pair.other = compared.other_middle
    LEFT JOIN family_pair ON family_pair.one = compared.form AND family_pair.other = compared.other_form
    LEFT JOIN line_pair ON line_pair.one = line AND line_pair.other = other_line AND lines = 'look'
    LEFT JOIN holds ON holds.middle = compared.other_middle AND holds.given = compared.given
    LEFT JOIN holds AS held ON held.middle = compared.middle AND held.given = compared.other_given
    LEFT JOIN initials AS begins ON begins.middle = compared.other_middle
        AND begins.initial = compared.given_initial
    LEFT JOIN initials AS begun ON begun.middle = compared.middle
        AND begun.initial = compared.other_initial
),
fields AS (
    SELECT low, high,
        is_asked OR reads_otherwise
            OR number = 'equal' AND coalesce(given_like = 'different', false)
            OR is_others_middle AND middle <> 0 AND other_middle <> 0 AS is_asked,
        given_bits, family_bits, birth, phone, sex, identifier, number,
        is_unnamed, is_grown_up,
        CASE WHEN given = 0 OR other_given = 0 THEN 'missing'::given
            WHEN given = other_given THEN 'exact'::given
            WHEN is_others_middle THEN 'equals other''s middle'::given
            WHEN given_like = 'different' AND begins_middle AND is_whole
            THEN 'initial of other''s middle'::given
            ELSE given_like END AS given,
        CASE WHEN is_others_middle OR middle = 0 OR other_middle = 0 THEN 'missing'::middle
            WHEN middle = other_middle THEN 'exact'::middle
            ELSE middle_like END AS middle,
        CASE WHEN form = 0 OR other_form = 0 THEN 'missing'::family
            WHEN is_one_family THEN 'exact'::family
            ELSE family_like END AS family,
        CASE WHEN postcode = 'sector' AND is_abroad THEN 'sector'::home
            WHEN postcode = 'equal' AND is_abroad
            THEN CASE WHEN agree THEN 'equal'::home ELSE 'sector'::home END
            WHEN postcode = 'equal'
            THEN CASE WHEN NOT agree THEN 'equal, other house'::home ELSE 'equal'::home END
            WHEN agree THEN 'same address'::home
            ELSE postcode END AS home,
        CASE WHEN given = 0 OR other_given = 0 OR given = other_given THEN 0
            WHEN is_others_middle THEN 2
            WHEN given_like = 'different' AND begins_middle AND is_whole THEN 1
            ELSE given_spelling END AS spelling
    FROM named
)
SELECT low, high, is_asked,
    CASE WHEN given = 'exact' THEN given_bits ELSE 0 END AS given_bits,
    CASE WHEN family = 'exact' THEN family_bits ELSE 0 END AS family_bits,
    enum_code(given)::BIGINT | (enum_code(middle)::BIGINT << 4) | (enum_code(family)::BIGINT << 8)
    | (enum_code(birth)::BIGINT << 12) | (enum_code(home)::BIGINT << 16)
    | (enum_code(phone)::BIGINT << 20) | (enum_code(sex)::BIGINT << 24)
    | (coalesce(enum_code(identifier), 15)::BIGINT << 28) | (enum_code(number)::BIGINT << 32)
    | (spelling::BIGINT << 36) | (is_unnamed::BIGINT << 38) | (is_grown_up::BIGINT << 39) AS code
FROM fields

-- name: seen
SELECT code, given_bits, family_bits, count(*) FROM levelled WHERE NOT is_asked GROUP BY ALL

-- name: seen_asked
SELECT low, high FROM levelled WHERE is_asked

-- name: met_levels
SELECT DISTINCT code FROM levelled ANTI JOIN verdict USING (code) WHERE NOT is_asked

-- name: edges
-- Rounded as `score` does, so that no order of adding up decides between equal weights.
SELECT low, high, coalesce(total, 0) AS weight, coalesce(rule, 0) AS rule,
    is_asked OR asks_rarity AS is_asked
FROM (
    SELECT low, high, is_asked, rule, asks_rarity, is_of_number,
        round(weight + least($given_per_bit * given_bits, most_for_bits)
            + $family_per_bit * family_bits, 6) AS total
    FROM levelled LEFT JOIN verdict USING (code)
)
WHERE is_asked OR total >= $least OR is_of_number
