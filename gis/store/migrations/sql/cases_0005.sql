-- Cases against facilities: tables, the rules that hold whatever a service asks, who may see and add which rows.

CREATE TABLE facility_case (
    id uuid CONSTRAINT pk_facility_case PRIMARY KEY,
    facility_code text COLLATE "C" NOT NULL,
    investigator text COLLATE "C" NOT NULL,
    reviewer text COLLATE "C" NOT NULL,
    decider text COLLATE "C" NOT NULL,
    opened_by text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT ck_facility_case_people CHECK (
        investigator <> reviewer AND reviewer <> decider AND decider <> investigator),
    CONSTRAINT ck_facility_case_opened_by CHECK (opened_by = investigator));
CREATE INDEX ix_facility_case_facility ON facility_case (facility_code);

CREATE TABLE case_finding (
    case_id uuid NOT NULL CONSTRAINT fk_case_finding_case_id REFERENCES facility_case (id),
    finding_id uuid NOT NULL CONSTRAINT fk_case_finding_finding_id REFERENCES finding (id),
    CONSTRAINT pk_case_finding PRIMARY KEY (case_id, finding_id));
CREATE INDEX ix_case_finding_finding ON case_finding (finding_id);

CREATE TABLE case_event (
    case_id uuid NOT NULL CONSTRAINT fk_case_event_case_id REFERENCES facility_case (id),
    number integer NOT NULL CONSTRAINT ck_case_event_number CHECK (number > 0),
    state text NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    done_at timestamptz NOT NULL,
    note text,
    clock text,
    due_on date,
    details jsonb NOT NULL DEFAULT '{}'::jsonb,
    CONSTRAINT pk_case_event PRIMARY KEY (case_id, number));
CREATE INDEX ix_case_event_moment ON case_event (done_at);

CREATE TABLE case_document (
    case_id uuid NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL CONSTRAINT ck_case_document_kind CHECK (kind IN ('notice', 'decision', 'service', 'closure')),
    sha256 text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_case_document PRIMARY KEY (case_id, number),
    CONSTRAINT fk_case_document_case_id FOREIGN KEY (case_id, number) REFERENCES case_event (case_id, number),
    CONSTRAINT ck_case_document_sha256 CHECK (sha256 = encode(sha256(content), 'hex')));

CREATE TABLE case_reply_link (
    token_hash bytea CONSTRAINT pk_case_reply_link PRIMARY KEY,
    case_id uuid NOT NULL CONSTRAINT fk_case_reply_link_case_id REFERENCES facility_case (id),
    expires timestamptz NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL);
CREATE INDEX ix_case_reply_link_case ON case_reply_link (case_id);

CREATE TABLE case_reply (
    case_id uuid CONSTRAINT pk_case_reply PRIMARY KEY CONSTRAINT fk_case_reply_case_id REFERENCES facility_case (id),
    token_hash bytea CONSTRAINT fk_case_reply_token_hash REFERENCES case_reply_link (token_hash),
    text text NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    origin text,
    received_at timestamptz NOT NULL,
    CONSTRAINT uq_case_reply_token_hash UNIQUE (token_hash));

CREATE TABLE signing_key (
    one boolean NOT NULL DEFAULT true CONSTRAINT pk_signing_key PRIMARY KEY CONSTRAINT ck_signing_key_one CHECK (one),
    key bytea NOT NULL,
    made_at timestamptz NOT NULL);

-- Each case with its first and its last event.
CREATE VIEW case_now WITH (security_invoker = true) AS
    SELECT c.*, last.number, last.state, last.done_at, last.due_on, last.details, first.due_on AS decision_due_on
    FROM facility_case c
    JOIN LATERAL (SELECT * FROM case_event WHERE case_id = c.id ORDER BY number DESC LIMIT 1) last ON true
    JOIN case_event first ON first.case_id = c.id AND first.number = 1;

CREATE FUNCTION wangge_account_name() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT name FROM account WHERE id = CAST(wangge_setting('account') AS bigint) AND disabled IS NULL $$;

-- Whether another account sees a facility: the same rule, asked as if the transaction worked for that account. Only
-- functions of the owner may ask.
CREATE FUNCTION wangge_account_sees_facility(account bigint, wanted text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    acting text := coalesce(current_setting('wangge.account', true), '');
    sees boolean;
BEGIN
    PERFORM set_config('wangge.account', CAST(account AS text), true);
    sees := wangge_sees_facility(wanted);
    PERFORM set_config('wangge.account', acting, true);
    RETURN coalesce(sees, false);
END
$$;
REVOKE EXECUTE ON FUNCTION wangge_account_sees_facility FROM PUBLIC;

-- Inspectors and leaders, and whether each could work on a case against this facility; for those who see it.
CREATE FUNCTION wangge_case_staff(facility text)
RETURNS TABLE (account text, role text, officer text, name text, department text, able boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT a.name, a.role, a.officer_code, o.name, o.department,
           a.disabled IS NULL AND a.officer_code IS NOT NULL AND wangge_account_sees_facility(a.id, facility)
    FROM account a LEFT JOIN officer o ON o.code = a.officer_code AND upper_inf(o.recorded) AND o.valid @> wangge_day()
    WHERE a.role IN ('inspector', 'leader') AND wangge_inspects() AND wangge_sees_facility(facility)
    ORDER BY 1
$$;

-- Three people: open accounts of different officers, each with the role that the part asks for, and each sees the
-- facility.
CREATE FUNCTION wangge_case_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    fit integer;
    officers integer;
BEGIN
    SELECT count(*), count(DISTINCT a.officer_code) INTO fit, officers FROM account a
    WHERE a.name IN (NEW.investigator, NEW.reviewer, NEW.decider) AND a.disabled IS NULL
      AND (a.role = 'leader' OR (a.role = 'inspector' AND a.name <> NEW.decider))
      AND wangge_account_sees_facility(a.id, NEW.facility_code);
    IF fit < 3 OR officers < 3 THEN
        RAISE EXCEPTION 'wangge: three different people who see the facility work on a case'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_people';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER people BEFORE INSERT ON facility_case FOR EACH ROW EXECUTE FUNCTION wangge_case_people();

-- A finding that opens a case is serious or critical, of that facility, alive, and in no other case that goes on or was
-- carried through.
CREATE FUNCTION wangge_case_finding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('case/' || NEW.finding_id, 0));
    IF NOT EXISTS (
        SELECT FROM finding_now f JOIN facility_case c ON c.facility_code = f.facility_code
        WHERE f.id = NEW.finding_id AND c.id = NEW.case_id AND f.severity IN ('serious', 'critical')
          AND f.state NOT IN ('closed', 'withdrawn')) THEN
        RAISE EXCEPTION 'wangge: only a serious or critical finding of the facility that is not closed opens a case'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_finding';
    END IF;
    IF EXISTS (SELECT FROM case_event WHERE case_id = NEW.case_id) THEN
        RAISE EXCEPTION 'wangge: findings belong to a case from its beginning'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_finding';
    END IF;
    IF EXISTS (
        SELECT FROM case_finding f JOIN case_now c ON c.id = f.case_id
        WHERE f.finding_id = NEW.finding_id AND c.state <> 'dropped') THEN
        RAISE EXCEPTION 'wangge: a finding belongs to one case'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'case_finding';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER findings BEFORE INSERT ON case_finding FOR EACH ROW EXECUTE FUNCTION wangge_case_finding();

CREATE FUNCTION wangge_case_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF NOT EXISTS (SELECT FROM case_finding WHERE case_id = NEW.id)
       OR NOT EXISTS (SELECT FROM case_event WHERE case_id = NEW.id AND number = 1 AND state = 'opened') THEN
        RAISE EXCEPTION 'wangge: a case has a finding and begins by being opened'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'case_whole';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON facility_case DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wangge_case_whole();

-- Whether the account of the transaction has this part in a case: investigator, reviewer or decider.
CREATE FUNCTION wangge_case_part(wanted uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT CASE wangge_account_name() WHEN investigator THEN 'investigator' WHEN reviewer THEN 'reviewer'
                WHEN decider THEN 'decider' END
    FROM facility_case WHERE id = wanted AND wangge_inspects() AND wangge_sees_facility(facility_code)
$$;

-- What the application may see and add. The facility's own answer comes in past these rules, over a link that is
-- looked at by the owner.
ALTER TABLE facility_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON facility_case FOR SELECT USING (
    (SELECT wangge_inspects()) AND CASE WHEN (SELECT wangge_facility()) IS NOT NULL
        THEN facility_code = (SELECT wangge_facility()) AND (SELECT wangge_sees_facility(wangge_facility()))
        ELSE (SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE END);
CREATE POLICY added ON facility_case FOR INSERT WITH CHECK (
    wangge_inspects() AND wangge_sees_facility(facility_code) AND opened_by = wangge_account_name());

ALTER TABLE case_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON case_finding FOR SELECT USING (EXISTS (SELECT FROM facility_case c WHERE c.id = case_id));
CREATE POLICY added ON case_finding FOR INSERT WITH CHECK (wangge_case_part(case_id) = 'investigator');

ALTER TABLE case_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON case_event FOR SELECT USING (EXISTS (SELECT FROM facility_case c WHERE c.id = case_id));
CREATE POLICY added ON case_event FOR INSERT WITH CHECK (
    done_by = wangge_account_name() AND wangge_case_part(case_id) = CASE
        WHEN state = 'reviewed' THEN 'reviewer'
        WHEN state IN ('decided', 'dropped', 'closed') THEN 'decider'
        ELSE 'investigator' END);

ALTER TABLE case_document ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON case_document FOR SELECT USING (EXISTS (SELECT FROM facility_case c WHERE c.id = case_id));
CREATE POLICY added ON case_document FOR INSERT WITH CHECK (
    made_by = wangge_account_name() AND wangge_case_part(case_id) IS NOT NULL);

ALTER TABLE case_reply_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON case_reply_link FOR SELECT USING (EXISTS (SELECT FROM facility_case c WHERE c.id = case_id));
CREATE POLICY added ON case_reply_link FOR INSERT WITH CHECK (
    made_by = wangge_account_name() AND wangge_case_part(case_id) = 'investigator');

ALTER TABLE case_reply ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON case_reply FOR SELECT USING (EXISTS (SELECT FROM facility_case c WHERE c.id = case_id));
CREATE POLICY added ON case_reply FOR INSERT WITH CHECK (
    token_hash IS NULL AND wangge_case_part(case_id) = 'investigator');

ALTER TABLE signing_key ENABLE ROW LEVEL SECURITY;

CREATE OR REPLACE FUNCTION wangge_mark() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT encode(sha256(convert_to(concat_ws('/',
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        (SELECT max(id) FROM import_run), (SELECT max(id) FROM area_change), wangge_moment(NULL),
        (SELECT max(decided_at) FROM correction_decision), (SELECT max(done_at) FROM finding_event),
        (SELECT max(done_at) FROM case_event)), 'UTF8')), 'hex')
$$;
