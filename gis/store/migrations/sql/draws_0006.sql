-- Random draws: tables, the rule that a seed shown is the one committed, who may see and add which rows.

CREATE TABLE draw_commitment (
    id uuid CONSTRAINT pk_draw_commitment PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL,
    draw_on date NOT NULL,
    facilities integer NOT NULL CONSTRAINT ck_draw_commitment_facilities CHECK (facilities > 0),
    terms jsonb NOT NULL,
    committed_by text COLLATE "C" NOT NULL,
    committed_at timestamptz NOT NULL);

CREATE TABLE draw_nonce (
    draw_id uuid CONSTRAINT pk_draw_nonce PRIMARY KEY
        CONSTRAINT fk_draw_nonce_draw_id REFERENCES draw_commitment (id),
    nonce text NOT NULL);

CREATE TABLE draw_freeze (
    draw_id uuid CONSTRAINT pk_draw_freeze PRIMARY KEY
        CONSTRAINT fk_draw_freeze_draw_id REFERENCES draw_commitment (id),
    list_sha256 text COLLATE "C" NOT NULL,
    candidates integer NOT NULL,
    inspectors integer NOT NULL,
    frozen_by text COLLATE "C" NOT NULL,
    frozen_at timestamptz NOT NULL);

CREATE TABLE draw_reveal (
    draw_id uuid CONSTRAINT pk_draw_reveal PRIMARY KEY
        CONSTRAINT fk_draw_reveal_draw_id REFERENCES draw_freeze (draw_id),
    seed text NOT NULL,
    nonce text NOT NULL,
    seal text COLLATE "C" NOT NULL,
    revealed_by text COLLATE "C" NOT NULL,
    revealed_at timestamptz NOT NULL);

CREATE TABLE draw_file (
    draw_id uuid CONSTRAINT fk_draw_file_draw_id REFERENCES draw_commitment (id),
    kind text CONSTRAINT ck_draw_file_kind CHECK (kind IN ('list', 'proof')),
    content bytea NOT NULL,
    facilities text[] NOT NULL,
    CONSTRAINT pk_draw_file PRIMARY KEY (draw_id, kind));

CREATE TABLE draw_facility (
    draw_id uuid CONSTRAINT fk_draw_facility_draw_id REFERENCES draw_reveal (draw_id),
    facility_code text COLLATE "C",
    stratum text NOT NULL,
    probability text NOT NULL,
    inspectors text[] NOT NULL,
    recused jsonb NOT NULL,
    problem text,
    CONSTRAINT pk_draw_facility PRIMARY KEY (draw_id, facility_code));
CREATE INDEX ix_draw_facility_facility ON draw_facility (facility_code);

-- The seed that is shown is the one committed, and the moments follow each other.
CREATE FUNCTION wangge_draw_reveal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
    IF NOT EXISTS (
        SELECT FROM draw_commitment c JOIN draw_freeze f ON f.draw_id = c.id
        WHERE c.id = NEW.draw_id AND c.sha256 = encode(sha256(convert_to(NEW.seed || NEW.nonce, 'UTF8')), 'hex')
          AND c.committed_at <= f.frozen_at AND f.frozen_at <= NEW.revealed_at) THEN
        RAISE EXCEPTION 'wangge: the seed that is shown is the one committed, after the list was frozen'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'draw_reveal';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER seed BEFORE INSERT ON draw_reveal FOR EACH ROW EXECUTE FUNCTION wangge_draw_reveal();

-- Whether the account of the transaction is the leader who committed the seed of this draw.
CREATE FUNCTION wangge_draws(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT coalesce((SELECT wangge_role()) = 'leader' AND EXISTS (
        SELECT FROM draw_commitment WHERE id = wanted AND committed_by = wangge_account_name()), false)
$$;

-- What hides the seed, for whoever committed it.
CREATE FUNCTION wangge_draw_nonce(wanted uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT nonce FROM draw_nonce WHERE draw_id = wanted AND wangge_draws(wanted) $$;

-- Hashes, counts and moments are for everybody; which columns of them, the service says.
ALTER TABLE draw_commitment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON draw_commitment FOR SELECT USING ((SELECT wangge_role()) IS NOT NULL);
CREATE POLICY added ON draw_commitment FOR INSERT WITH CHECK (
    (SELECT wangge_role()) = 'leader' AND committed_by = wangge_account_name());

ALTER TABLE draw_nonce ENABLE ROW LEVEL SECURITY;
CREATE POLICY added ON draw_nonce FOR INSERT WITH CHECK (wangge_draws(draw_id));

ALTER TABLE draw_freeze ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON draw_freeze FOR SELECT USING ((SELECT wangge_role()) IS NOT NULL);
CREATE POLICY added ON draw_freeze FOR INSERT WITH CHECK (
    wangge_draws(draw_id) AND frozen_by = wangge_account_name());

ALTER TABLE draw_reveal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON draw_reveal FOR SELECT USING ((SELECT wangge_role()) IS NOT NULL);
CREATE POLICY added ON draw_reveal FOR INSERT WITH CHECK (
    wangge_draws(draw_id) AND revealed_by = wangge_account_name());

-- A list or a proof is for those who see every facility in it.
ALTER TABLE draw_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON draw_file FOR SELECT USING (
    (SELECT wangge_inspects()) AND ((SELECT wangge_sees_all()) OR NOT EXISTS (
        SELECT unnest(facilities) EXCEPT SELECT wangge_facility_codes())));
CREATE POLICY added ON draw_file FOR INSERT WITH CHECK (
    wangge_draws(draw_id) AND ((SELECT wangge_sees_all()) OR NOT EXISTS (
        SELECT unnest(facilities) EXCEPT SELECT wangge_facility_codes())));

ALTER TABLE draw_facility ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON draw_facility FOR SELECT USING (
    (SELECT wangge_inspects()) AND ((SELECT wangge_sees_all())
        OR (facility_code IN (SELECT wangge_facility_codes())) IS TRUE));
CREATE POLICY added ON draw_facility FOR INSERT WITH CHECK (
    wangge_draws(draw_id) AND ((SELECT wangge_sees_all())
        OR (facility_code IN (SELECT wangge_facility_codes())) IS TRUE));
