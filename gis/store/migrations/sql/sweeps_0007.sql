-- Sweeps: tables, what holds between their rows, who may see and add which.

CREATE TABLE sweep (
    id uuid CONSTRAINT pk_sweep PRIMARY KEY,
    title text NOT NULL,
    starts_on date NOT NULL,
    days integer NOT NULL CONSTRAINT ck_sweep_days CHECK (days BETWEEN 1 AND 31),
    published_by text COLLATE "C" NOT NULL,
    published_at timestamptz NOT NULL);

CREATE TABLE sweep_revision (
    sweep_id uuid CONSTRAINT fk_sweep_revision_sweep_id REFERENCES sweep (id),
    number integer,
    sha256 text COLLATE "C" NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_sweep_revision PRIMARY KEY (sweep_id, number),
    CONSTRAINT ck_sweep_revision_number CHECK (number > 0));

CREATE TABLE sweep_plan (
    sweep_id uuid,
    number integer,
    content bytea NOT NULL,
    facilities text[] NOT NULL,
    CONSTRAINT pk_sweep_plan PRIMARY KEY (sweep_id, number),
    CONSTRAINT fk_sweep_plan_sweep_id FOREIGN KEY (sweep_id, number) REFERENCES sweep_revision (sweep_id, number));

CREATE TABLE sweep_visit (
    sweep_id uuid,
    number integer,
    facility_code text COLLATE "C",
    team text NOT NULL,
    visit_on date NOT NULL,
    arrive integer NOT NULL,
    leave integer NOT NULL,
    plan_id uuid NOT NULL CONSTRAINT fk_sweep_visit_plan_id REFERENCES inspection_plan (id),
    CONSTRAINT pk_sweep_visit PRIMARY KEY (sweep_id, number, facility_code),
    CONSTRAINT fk_sweep_visit_sweep_id FOREIGN KEY (sweep_id, number) REFERENCES sweep_revision (sweep_id, number),
    CONSTRAINT ck_sweep_visit_times CHECK (0 <= arrive AND arrive <= leave AND leave <= 1440));
CREATE INDEX ix_sweep_visit_facility ON sweep_visit (facility_code);
CREATE INDEX ix_sweep_visit_plan ON sweep_visit (plan_id);

CREATE TABLE sweep_end (
    sweep_id uuid CONSTRAINT pk_sweep_end PRIMARY KEY CONSTRAINT fk_sweep_end_sweep_id REFERENCES sweep (id),
    state text NOT NULL CONSTRAINT ck_sweep_end_state CHECK (state IN ('closed', 'withdrawn')),
    reason text,
    ended_by text COLLATE "C" NOT NULL,
    ended_at timestamptz NOT NULL);

-- Revisions follow each other until the sweep has ended.
CREATE FUNCTION wangge_sweep_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF NEW.number <> 1 + coalesce((SELECT max(number) FROM sweep_revision WHERE sweep_id = NEW.sweep_id), 0)
        OR EXISTS (SELECT FROM sweep_end WHERE sweep_id = NEW.sweep_id) THEN
        RAISE EXCEPTION 'wangge: revisions of a sweep follow each other until it has ended'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'sweep_revision';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER follows BEFORE INSERT ON sweep_revision FOR EACH ROW EXECUTE FUNCTION wangge_sweep_revision();

-- The plan is the one whose hash its revision holds.
CREATE FUNCTION wangge_sweep_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF encode(sha256(NEW.content), 'hex') IS DISTINCT FROM (
        SELECT sha256 FROM sweep_revision WHERE sweep_id = NEW.sweep_id AND number = NEW.number) THEN
        RAISE EXCEPTION 'wangge: a plan is the one whose hash its revision holds'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sweep_plan';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER hash BEFORE INSERT ON sweep_plan FOR EACH ROW EXECUTE FUNCTION wangge_sweep_plan();

-- A visit becomes a planned inspection of the same facility.
CREATE FUNCTION wangge_sweep_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF NEW.facility_code IS DISTINCT FROM (SELECT facility_code FROM inspection_plan WHERE id = NEW.plan_id) THEN
        RAISE EXCEPTION 'wangge: a visit becomes a planned inspection of the same facility'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sweep_visit';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER facility BEFORE INSERT ON sweep_visit FOR EACH ROW EXECUTE FUNCTION wangge_sweep_visit();

-- Whether the account of the transaction is a leader who answers for every facility of every plan of a sweep, or who
-- publishes it just now.
CREATE FUNCTION wangge_sweep_whole(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT coalesce((SELECT wangge_role()) = 'leader' AND CASE
        WHEN EXISTS (SELECT FROM sweep_plan WHERE sweep_id = wanted) THEN wangge_sees_all() OR NOT EXISTS (
            SELECT unnest(facilities) FROM sweep_plan WHERE sweep_id = wanted EXCEPT SELECT wangge_facility_codes())
        ELSE EXISTS (SELECT FROM sweep WHERE id = wanted AND published_by = wangge_account_name()) END, false)
$$;

-- Codes of the facilities that somebody with an open account of an officer sees, among those that the asking leader sees.
CREATE FUNCTION wangge_officer_facilities(wanted text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    acting text := coalesce(current_setting('wangge.account', true), '');
    asked text[];
    theirs text[] := '{}';
    other bigint;
BEGIN
    IF wangge_role() IS DISTINCT FROM 'leader' THEN
        RETURN;
    END IF;
    asked := CASE WHEN wangge_sees_all() THEN ARRAY(SELECT code FROM facility) ELSE ARRAY(SELECT wangge_facility_codes()) END;
    FOR other IN SELECT id FROM account
        WHERE officer_code = wanted AND disabled IS NULL AND role IN ('inspector', 'leader') LOOP
        PERFORM set_config('wangge.account', CAST(other AS text), true);
        theirs := theirs || CASE WHEN wangge_sees_all() THEN asked ELSE ARRAY(SELECT wangge_facility_codes()) END;
    END LOOP;
    PERFORM set_config('wangge.account', acting, true);
    RETURN QUERY SELECT unnest(asked) INTERSECT SELECT unnest(theirs);
END
$$;

-- A visit is for those who see its facility; a sweep for those who see a visit of it; its plan for those who see every
-- facility in it.
ALTER TABLE sweep_visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON sweep_visit FOR SELECT USING (
    (SELECT wangge_inspects()) AND ((SELECT wangge_sees_all())
        OR (facility_code IN (SELECT wangge_facility_codes())) IS TRUE));
CREATE POLICY added ON sweep_visit FOR INSERT WITH CHECK (
    wangge_sweep_whole(sweep_id) AND ((SELECT wangge_sees_all())
        OR (facility_code IN (SELECT wangge_facility_codes())) IS TRUE));

ALTER TABLE sweep ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON sweep FOR SELECT USING ((id IN (SELECT sweep_id FROM sweep_visit)) IS TRUE);
CREATE POLICY added ON sweep FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND published_by = wangge_account_name());

ALTER TABLE sweep_revision ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON sweep_revision FOR SELECT USING ((sweep_id IN (SELECT sweep_id FROM sweep_visit)) IS TRUE);
CREATE POLICY added ON sweep_revision FOR INSERT WITH CHECK (
    wangge_sweep_whole(sweep_id) AND made_by = wangge_account_name());

ALTER TABLE sweep_plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON sweep_plan FOR SELECT USING (
    (SELECT wangge_inspects()) AND ((SELECT wangge_sees_all()) OR NOT EXISTS (
        SELECT unnest(facilities) EXCEPT SELECT wangge_facility_codes())));
CREATE POLICY added ON sweep_plan FOR INSERT WITH CHECK (
    wangge_sweep_whole(sweep_id) AND ((SELECT wangge_sees_all()) OR NOT EXISTS (
        SELECT unnest(facilities) EXCEPT SELECT wangge_facility_codes())));

ALTER TABLE sweep_end ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON sweep_end FOR SELECT USING ((sweep_id IN (SELECT sweep_id FROM sweep_visit)) IS TRUE);
CREATE POLICY added ON sweep_end FOR INSERT WITH CHECK (
    wangge_sweep_whole(sweep_id) AND ended_by = wangge_account_name());
