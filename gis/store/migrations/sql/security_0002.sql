-- Who may see which rows: the second lock. The first is the service, which asks for no more than its actor may see.
--
-- A transaction of the application says who it works for: `wangge.account` is the number of an account, or
-- `wangge.role` is 'public'; `wangge.day` is the day it is for the user. All three are set for the transaction only.
-- Where none is set nothing is visible. Role and officer are looked up here, never taken from the application, and
-- what an account sees follows from its officer's assignments in force on that day, as known now.
--
-- The functions run as their owner, whom no policy binds: a policy that asked itself would never end.

CREATE FUNCTION wangge_setting(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('wangge.' || name, true), '') $$;

CREATE FUNCTION wangge_day() RETURNS date LANGUAGE sql STABLE AS
$$ SELECT coalesce(CAST(wangge_setting('day') AS date), current_date) $$;

CREATE FUNCTION wangge_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT CASE
        WHEN wangge_setting('account') IS NOT NULL THEN (
            SELECT role FROM account WHERE id = CAST(wangge_setting('account') AS bigint) AND disabled IS NULL)
        WHEN wangge_setting('role') = 'public' THEN 'public' END
$$;

CREATE FUNCTION wangge_officer() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT officer_code FROM account WHERE id = CAST(wangge_setting('account') AS bigint) AND disabled IS NULL
$$;

-- The areas that the officer answers for on the day, as primary or deputy.
CREATE FUNCTION wangge_roots() RETURNS SETOF text ROWS 5
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT target_code FROM assignment
    WHERE officer_code = (SELECT wangge_officer()) AND target_kind = 'area' AND upper_inf(recorded) AND valid @> (SELECT wangge_day())
$$;

-- The roots, everything inside them in force on the day or later, and the codes of the past that went into those.
CREATE FUNCTION wangge_scope() RETURNS SETOF text ROWS 200
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH RECURSIVE inside AS (
        SELECT code COLLATE "C" AS code FROM wangge_roots() AS code
        UNION
        SELECT a.code FROM area a JOIN inside i ON a.parent_code = i.code
        WHERE upper_inf(a.recorded) AND (upper(a.valid) IS NULL OR upper(a.valid) > (SELECT wangge_day()))),
    lineage AS (
        SELECT code FROM inside
        UNION
        SELECT p.old_code FROM area_change_part p JOIN lineage l ON p.new_code = l.code
        WHERE NOT EXISTS (
            SELECT FROM area a WHERE a.code = p.old_code AND upper_inf(a.recorded)
            AND (upper(a.valid) IS NULL OR upper(a.valid) > (SELECT wangge_day()))))
    SELECT code FROM lineage
$$;

-- The areas above the roots: who answers there is part of the answer to "who answers for my area".
CREATE FUNCTION wangge_above() RETURNS SETOF text ROWS 5
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH RECURSIVE above AS (
        SELECT a.parent_code AS code FROM area a JOIN wangge_roots() AS root ON a.code = root
        WHERE upper_inf(a.recorded) AND a.valid @> (SELECT wangge_day())
        UNION
        SELECT a.parent_code FROM area a JOIN above b ON a.code = b.code
        WHERE upper_inf(a.recorded) AND a.valid @> (SELECT wangge_day()))
    SELECT code FROM above WHERE code IS NOT NULL
$$;

-- Whether no area is out of reach: the officer answers for every area that has no parent.
CREATE FUNCTION wangge_sees_all() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT wangge_role() IN ('leader', 'inspector', 'officer') AND EXISTS (SELECT FROM wangge_roots()) AND NOT EXISTS (
        SELECT FROM area WHERE parent_code IS NULL AND upper_inf(recorded) AND valid @> (SELECT wangge_day())
        AND code NOT IN (SELECT wangge_roots()))
$$;

-- Numbers of the facility rows on the ground of the scope, assigned to the officer, or claimed by a file for the scope
-- and on no area's ground at all.
CREATE FUNCTION wangge_facility_rows() RETURNS SETOF bigint ROWS 200
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT f.id FROM area a JOIN facility f ON ST_Intersects(a.geometry, f.geometry)
    WHERE a.code IN (SELECT wangge_scope()) AND upper_inf(a.recorded) AND a.valid @> (SELECT wangge_day())
    UNION
    SELECT f.id FROM facility f JOIN assignment s ON s.target_code = f.code
    WHERE s.officer_code = (SELECT wangge_officer()) AND s.target_kind = 'facility' AND upper_inf(s.recorded)
      AND s.valid @> (SELECT wangge_day())
    UNION
    SELECT f.id FROM facility f WHERE f.area_code IN (SELECT wangge_scope()) AND NOT EXISTS (
        SELECT FROM area a WHERE ST_Intersects(a.geometry, f.geometry) AND upper_inf(a.recorded)
        AND a.valid @> (SELECT wangge_day()))
$$;

-- Codes of those rows: a policy of the table itself cannot ask the table.
CREATE FUNCTION wangge_facility_codes() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT code FROM facility WHERE id IN (SELECT wangge_facility_rows()) $$;

-- What was recorded last, over all rows: a moment of the store, no content of it.
CREATE FUNCTION wangge_moment(wanted text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT max(recorded) FROM (
        SELECT recorded FROM import_run WHERE kind = coalesce(wanted, kind)
        UNION ALL SELECT recorded FROM area_change
        UNION ALL (SELECT lower(recorded) FROM outreach WHERE coalesce(wanted, 'outreach') = 'outreach'
                   ORDER BY lower(recorded) DESC LIMIT 1)
        UNION ALL SELECT decided_at FROM correction_decision
        WHERE accepted AND coalesce(wanted, 'facilities') = 'facilities') AS earlier
$$;

-- A mark that changes with anything recorded.
CREATE FUNCTION wangge_mark() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT encode(sha256(convert_to(concat_ws('/',
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        (SELECT max(id) FROM import_run), (SELECT max(id) FROM area_change), wangge_moment(NULL),
        (SELECT max(decided_at) FROM correction_decision)), 'UTF8')), 'hex')
$$;

-- Rows of places and of what stands in them. `(... IN (...)) IS TRUE` is computed once for a statement and held as a hash;
-- without IS TRUE the planner may join, and call the function again for each row.
ALTER TABLE area ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON area FOR SELECT USING (
    (SELECT wangge_role()) IN ('public', 'admin') OR (SELECT wangge_sees_all())
    OR (code IN (SELECT wangge_scope())) IS TRUE OR (code IN (SELECT wangge_above())) IS TRUE);
CREATE POLICY added ON area FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND ((code IN (SELECT wangge_scope())) IS TRUE OR (parent_code IN (SELECT wangge_scope())) IS TRUE));
CREATE POLICY ended ON area FOR UPDATE USING ((SELECT wangge_role()) = 'leader' AND (code IN (SELECT wangge_scope())) IS TRUE);

ALTER TABLE facility ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON facility FOR SELECT USING (
    (SELECT wangge_role()) = 'public' OR (SELECT wangge_sees_all()) OR (id IN (SELECT wangge_facility_rows())) IS TRUE);
CREATE POLICY added ON facility FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND (code IN (SELECT wangge_facility_codes())) IS TRUE);
CREATE POLICY ended ON facility FOR UPDATE USING (
    (SELECT wangge_role()) = 'leader' AND ((SELECT wangge_sees_all()) OR (id IN (SELECT wangge_facility_rows())) IS TRUE));

ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON assignment FOR SELECT USING (
    (SELECT wangge_role()) = 'admin' OR (SELECT wangge_sees_all())
    OR (target_kind = 'area' AND (target_code IN (SELECT code FROM area)) IS TRUE)
    OR (target_kind = 'facility' AND (target_code IN (SELECT code FROM facility)) IS TRUE));
CREATE POLICY added ON assignment FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND target_kind = 'area' AND (target_code IN (SELECT wangge_scope())) IS TRUE);
CREATE POLICY ended ON assignment FOR UPDATE USING (
    (SELECT wangge_role()) = 'leader' AND target_kind = 'area' AND (target_code IN (SELECT wangge_scope())) IS TRUE);

ALTER TABLE officer ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON officer FOR SELECT USING (
    (SELECT wangge_role()) IN ('admin', 'public') OR (SELECT wangge_sees_all())
    OR code = (SELECT wangge_officer()) OR (code IN (SELECT officer_code FROM assignment)) IS TRUE);

ALTER TABLE licence ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON licence FOR SELECT USING (
    (SELECT wangge_role()) <> 'public' AND ((SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE));

ALTER TABLE equipment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON equipment FOR SELECT USING (
    (SELECT wangge_role()) <> 'public' AND ((SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE));

ALTER TABLE operator ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON operator FOR SELECT USING (
    (SELECT wangge_role()) <> 'public' AND ((SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE));

ALTER TABLE inspection ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON inspection FOR SELECT USING (
    (SELECT wangge_role()) <> 'public' AND ((SELECT wangge_sees_all()) OR (facility_code IN (SELECT code FROM facility)) IS TRUE));

ALTER TABLE outreach ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON outreach FOR SELECT USING (
    (SELECT wangge_role()) <> 'public' AND ((SELECT wangge_sees_all()) OR (area_code IN (SELECT wangge_scope())) IS TRUE));
CREATE POLICY added ON outreach FOR INSERT WITH CHECK (
    (SELECT wangge_role()) IN ('officer', 'leader') AND (area_code IN (SELECT wangge_scope())) IS TRUE);

-- What is known of imports is for those who import; of changes, for those who see one of the areas.
ALTER TABLE import_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON import_run FOR SELECT USING ((SELECT wangge_role()) = 'admin');

ALTER TABLE area_change_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON area_change_part FOR SELECT USING (
    (SELECT wangge_role()) IN ('public', 'admin') OR (SELECT wangge_sees_all())
    OR (old_code IN (SELECT wangge_scope())) IS TRUE OR (new_code IN (SELECT wangge_scope())) IS TRUE);
CREATE POLICY added ON area_change_part FOR INSERT WITH CHECK ((SELECT wangge_role()) = 'leader');

ALTER TABLE area_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON area_change FOR SELECT USING (
    (SELECT wangge_role()) = 'leader' OR (id IN (SELECT change_id FROM area_change_part)) IS TRUE);
CREATE POLICY added ON area_change FOR INSERT WITH CHECK ((SELECT wangge_role()) = 'leader');

-- Work in progress.
ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON correction FOR SELECT USING (
    (SELECT wangge_role()) IN ('leader', 'officer') AND (area_code IN (SELECT wangge_scope())) IS TRUE);
CREATE POLICY added ON correction FOR INSERT WITH CHECK (
    (SELECT wangge_role()) IN ('officer', 'leader') AND (area_code IN (SELECT wangge_scope())) IS TRUE);

ALTER TABLE correction_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON correction_decision FOR SELECT USING ((correction_id IN (SELECT id FROM correction)) IS TRUE);
CREATE POLICY added ON correction_decision FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND (correction_id IN (SELECT id FROM correction)) IS TRUE);

CREATE VIEW correction_now WITH (security_invoker = true) AS
    SELECT c.id, c.kind, c.target_code, c.area_code, c.note, c.proposed_by, c.proposed_at, c.geometry,
           CASE WHEN d.accepted THEN 'accepted' WHEN NOT d.accepted THEN 'refused' ELSE 'proposed' END AS state,
           d.reason, d.decided_by, d.decided_at, d.change_id
    FROM correction c LEFT JOIN correction_decision d ON d.correction_id = c.id;

-- Whether all areas with a target of a campaign are in the scope.
CREATE FUNCTION wangge_runs_campaign(campaign text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT NOT EXISTS (
        SELECT FROM campaign_target WHERE campaign_code = campaign AND area_code NOT IN (SELECT wangge_scope()))
$$;

-- A campaign is seen by whoever sees one of the areas with a target; the scope of the leader who made it covers them all.
ALTER TABLE campaign_target ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON campaign_target FOR SELECT USING (
    (SELECT wangge_role()) IN ('leader', 'inspector', 'officer')
    AND ((SELECT wangge_sees_all()) OR (area_code IN (SELECT wangge_scope())) IS TRUE));
CREATE POLICY added ON campaign_target FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND (area_code IN (SELECT wangge_scope())) IS TRUE);

ALTER TABLE campaign ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON campaign FOR SELECT USING ((code IN (SELECT campaign_code FROM campaign_target)) IS TRUE);
CREATE POLICY added ON campaign FOR INSERT WITH CHECK ((SELECT wangge_role()) = 'leader');

ALTER TABLE campaign_acceptance ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON campaign_acceptance FOR SELECT USING ((campaign_code IN (SELECT campaign_code FROM campaign_target)) IS TRUE);
CREATE POLICY added ON campaign_acceptance FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND wangge_runs_campaign(campaign_code) AND (campaign_code IN (SELECT campaign_code FROM campaign_target)) IS TRUE);

-- Accounts, sessions and tokens: no policy, so only their owner reads them. The audit is written by everybody, by way of
-- a function, and read by its owner only.
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE token ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
