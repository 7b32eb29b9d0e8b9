-- Inspections recorded on the spot, and their findings: tables, who may see and add which rows, and the marks that
-- change with them.

CREATE TABLE inspection_plan (
    id uuid CONSTRAINT pk_inspection_plan PRIMARY KEY,
    facility_code text COLLATE "C" NOT NULL,
    checklist text COLLATE "C" NOT NULL,
    planned_on date NOT NULL,
    inspectors text NOT NULL,
    planned_by text NOT NULL,
    planned_at timestamptz NOT NULL);
CREATE INDEX ix_inspection_plan_facility ON inspection_plan (facility_code);

CREATE TABLE inspection_plan_end (
    plan_id uuid CONSTRAINT pk_inspection_plan_end PRIMARY KEY
        CONSTRAINT fk_inspection_plan_end_plan_id REFERENCES inspection_plan (id),
    reason text NOT NULL,
    ended_by text NOT NULL,
    ended_at timestamptz NOT NULL);

CREATE TABLE inspection_record (
    id uuid CONSTRAINT pk_inspection_record PRIMARY KEY,
    inspection_code text COLLATE "C" NOT NULL,
    plan_id uuid CONSTRAINT fk_inspection_record_plan_id REFERENCES inspection_plan (id),
    corrects uuid[] NOT NULL,
    facility_code text COLLATE "C" NOT NULL,
    checklist text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    inspected_on date NOT NULL,
    inspectors text NOT NULL,
    lon double precision,
    lat double precision,
    accuracy_m double precision,
    answers jsonb NOT NULL,
    result text NOT NULL,
    channel text NOT NULL CONSTRAINT ck_inspection_record_channel CHECK (channel IN ('web', 'openrosa')),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT ck_inspection_record_corrects CHECK (NOT id = ANY(corrects)));
CREATE INDEX ix_inspection_record_code ON inspection_record (inspection_code);
CREATE INDEX ix_inspection_record_facility ON inspection_record (facility_code, inspected_on);
CREATE INDEX ix_inspection_record_plan ON inspection_record (plan_id);
CREATE INDEX ix_inspection_record_moment ON inspection_record (recorded_at);

CREATE TABLE photo (
    sha256 text COLLATE "C" CONSTRAINT pk_photo PRIMARY KEY,
    media_type text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    bytes bigint NOT NULL,
    content bytea NOT NULL);

CREATE TABLE inspection_photo (
    record_id uuid NOT NULL CONSTRAINT fk_inspection_photo_record_id REFERENCES inspection_record (id),
    field text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL CONSTRAINT fk_inspection_photo_sha256 REFERENCES photo (sha256),
    sent_sha256 text COLLATE "C" NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_inspection_photo PRIMARY KEY (record_id, field));
CREATE INDEX ix_inspection_photo_sha256 ON inspection_photo (sha256);

CREATE TABLE finding (
    id uuid CONSTRAINT pk_finding PRIMARY KEY,
    inspection_code text COLLATE "C" NOT NULL,
    record_id uuid NOT NULL CONSTRAINT fk_finding_record_id REFERENCES inspection_record (id),
    facility_code text COLLATE "C" NOT NULL,
    checklist text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    item text COLLATE "C" NOT NULL,
    severity text NOT NULL CONSTRAINT ck_finding_severity CHECK (severity IN ('clerical', 'minor', 'serious', 'critical')),
    note text,
    found_on date NOT NULL,
    deadline_workdays integer NOT NULL,
    due_on date,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT uq_finding_item UNIQUE (inspection_code, item));
CREATE INDEX ix_finding_facility ON finding (facility_code);

CREATE TABLE finding_event (
    finding_id uuid NOT NULL CONSTRAINT fk_finding_event_finding_id REFERENCES finding (id),
    number integer NOT NULL,
    state text NOT NULL,
    put_right boolean,
    inspection_code text COLLATE "C",
    note text,
    done_by text NOT NULL,
    done_at timestamptz NOT NULL,
    CONSTRAINT pk_finding_event PRIMARY KEY (finding_id, number));
CREATE INDEX ix_finding_event_moment ON finding_event (done_at);

CREATE VIEW finding_now WITH (security_invoker = true) AS
    SELECT f.*, coalesce(e.state, 'open') AS state, coalesce(e.number, 0) AS number, e.put_right,
           coalesce(e.done_at, f.recorded_at) AS changed_at, e.done_by AS changed_by, e.note AS state_note
    FROM finding f LEFT JOIN LATERAL (
        SELECT * FROM finding_event WHERE finding_id = f.id ORDER BY number DESC LIMIT 1) e ON true;

-- The records of a visit that no other record replaces.
CREATE VIEW inspection_head WITH (security_invoker = true) AS
    SELECT r.* FROM inspection_record r WHERE NOT EXISTS (
        SELECT FROM inspection_record later
        WHERE later.inspection_code = r.inspection_code AND r.id = ANY(later.corrects));

-- Whether one facility is among those that the account sees; the same rule as wangge_facility_rows, from the facility
-- upward, so that it costs the same in a village and in a province.
CREATE FUNCTION wangge_sees_facility(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS -- which keeps the plan from call to call
$$
DECLARE
    on_day date := wangge_day();
    roots text[];
    grounds text[];
BEGIN
    IF wangge_role() IS NULL OR wangge_role() NOT IN ('leader', 'inspector', 'officer')
        OR NOT EXISTS (SELECT FROM facility f WHERE f.code = wanted) THEN
        RETURN false;
    END IF;
    roots := ARRAY(SELECT wangge_roots());
    grounds := ARRAY(
        SELECT a.code FROM facility f JOIN area a ON ST_Intersects(a.geometry, f.geometry)
        WHERE f.code = wanted AND upper_inf(a.recorded) AND a.valid @> on_day);
    RETURN roots && grounds
        OR EXISTS (
            WITH RECURSIVE upward AS (
                SELECT unnest(grounds) COLLATE "C" AS code
                UNION
                SELECT a.parent_code FROM area a JOIN upward u ON a.code = u.code
                WHERE upper_inf(a.recorded) AND (upper(a.valid) IS NULL OR upper(a.valid) > on_day))
            SELECT FROM upward WHERE code = ANY(roots))
        OR EXISTS (
            SELECT FROM assignment WHERE target_code = wanted AND target_kind = 'facility' AND upper_inf(recorded)
            AND officer_code = wangge_officer() AND valid @> on_day)
        OR EXISTS (
            SELECT FROM facility f WHERE f.code = wanted AND f.area_code IN (SELECT wangge_scope()) AND NOT EXISTS (
                SELECT FROM area a WHERE ST_Intersects(a.geometry, f.geometry) AND upper_inf(a.recorded) AND a.valid @> on_day))
        OR wangge_sees_all();
END
$$;

-- One facility in force on a day, if the account sees it: without the policy of the whole table.
CREATE FUNCTION wangge_find_facility(wanted text, on_day date) RETURNS TABLE (code text, name text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT code, name, kind FROM facility
    WHERE code = wanted AND upper_inf(recorded) AND valid @> on_day AND wangge_sees_facility(wanted) ORDER BY id LIMIT 1
$$;

-- Officers who may go along on an inspection: those with an account of an inspector or a leader. Name and department
-- are open data of every officer.
CREATE FUNCTION wangge_inspectors() RETURNS TABLE (code text, name text, department text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT DISTINCT o.code, o.name, o.department FROM officer o JOIN account a ON a.officer_code = o.code
    WHERE a.disabled IS NULL AND a.role IN ('inspector', 'leader') AND upper_inf(o.recorded) AND o.valid @> (SELECT wangge_day())
      AND (SELECT wangge_role()) IN ('inspector', 'leader')
$$;

-- What the application may see and add. A transaction about one facility says which (`wangge.facility`): then only its
-- rows are seen, and only that facility need be looked up.
CREATE FUNCTION wangge_facility() RETURNS text LANGUAGE sql STABLE AS $$ SELECT wangge_setting('facility') $$;

CREATE FUNCTION wangge_inspects() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT wangge_role() IN ('inspector', 'leader') $$;

DO $$
DECLARE
    of_facility text := '(SELECT wangge_inspects()) AND CASE WHEN (SELECT wangge_facility()) IS NOT NULL
        THEN facility_code = (SELECT wangge_facility()) AND (SELECT wangge_sees_facility(wangge_facility()))
        ELSE (SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE END';
    added text := 'wangge_inspects() AND wangge_sees_facility(facility_code)';
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['inspection_plan', 'inspection_record', 'finding'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', name, of_facility);
        EXECUTE format('CREATE POLICY added ON %I FOR INSERT WITH CHECK (%s)', name, added);
    END LOOP;
    EXECUTE format('CREATE POLICY added ON inspection FOR INSERT WITH CHECK (%s)', added);
    EXECUTE format('CREATE POLICY ended ON inspection FOR UPDATE USING (%s)', added);
END $$;

ALTER TABLE inspection_plan_end ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON inspection_plan_end FOR SELECT USING ((plan_id IN (SELECT id FROM inspection_plan)) IS TRUE);
CREATE POLICY added ON inspection_plan_end FOR INSERT WITH CHECK (EXISTS (SELECT FROM inspection_plan p WHERE p.id = plan_id));

ALTER TABLE inspection_photo ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON inspection_photo FOR SELECT USING (EXISTS (SELECT FROM inspection_record r WHERE r.id = record_id));
CREATE POLICY added ON inspection_photo FOR INSERT WITH CHECK (EXISTS (SELECT FROM inspection_record r WHERE r.id = record_id));

ALTER TABLE photo ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON photo FOR SELECT USING (EXISTS (SELECT FROM inspection_photo p WHERE p.sha256 = photo.sha256));
CREATE POLICY added ON photo FOR INSERT WITH CHECK (wangge_inspects());

ALTER TABLE finding_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON finding_event FOR SELECT USING (EXISTS (SELECT FROM finding f WHERE f.id = finding_id));
CREATE POLICY added ON finding_event FOR INSERT WITH CHECK (EXISTS (SELECT FROM finding f WHERE f.id = finding_id));

-- The moments and marks know of what is recorded on the spot.
CREATE OR REPLACE FUNCTION wangge_moment(wanted text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT max(recorded) FROM (
        SELECT recorded FROM import_run WHERE kind = coalesce(wanted, kind)
        UNION ALL SELECT recorded FROM area_change
        UNION ALL (SELECT lower(recorded) FROM outreach WHERE coalesce(wanted, 'outreach') = 'outreach'
                   ORDER BY lower(recorded) DESC LIMIT 1)
        UNION ALL (SELECT recorded_at FROM inspection_record WHERE coalesce(wanted, 'inspections') = 'inspections'
                   ORDER BY recorded_at DESC LIMIT 1)
        UNION ALL SELECT decided_at FROM correction_decision
        WHERE accepted AND coalesce(wanted, 'facilities') = 'facilities') AS earlier
$$;

CREATE OR REPLACE FUNCTION wangge_mark() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT encode(sha256(convert_to(concat_ws('/',
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        (SELECT max(id) FROM import_run), (SELECT max(id) FROM area_change), wangge_moment(NULL),
        (SELECT max(decided_at) FROM correction_decision), (SELECT max(done_at) FROM finding_event)), 'UTF8')), 'hex')
$$;
