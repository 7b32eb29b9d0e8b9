-- Residents of map cells, registered births of areas, travel times: versions like all others, guarded like all others.
-- Nothing here is about a person, and there is no place for anybody's record.

CREATE TABLE population (
    id bigint GENERATED ALWAYS AS IDENTITY,
    import_id bigint,
    change_id bigint,
    valid daterange NOT NULL,
    recorded tstzrange NOT NULL,
    cell text COLLATE "C" NOT NULL,
    population double precision NOT NULL,
    women_15_19 double precision,
    women_20_24 double precision,
    women_25_29 double precision,
    women_30_34 double precision,
    women_35_39 double precision,
    women_40_44 double precision,
    women_45_49 double precision,
    raw_lon double precision NOT NULL,
    raw_lat double precision NOT NULL,
    source_datum text NOT NULL,
    geometry geometry(POINT, 4326) NOT NULL,
    CONSTRAINT ck_population_valid CHECK (NOT isempty(valid)),
    CONSTRAINT ck_population_recorded CHECK (NOT isempty(recorded)),
    CONSTRAINT ck_population_residents CHECK (population >= 0),
    CONSTRAINT pk_population PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_population_version ON population (cell, lower(valid)) NULLS NOT DISTINCT WHERE upper_inf(recorded);
CREATE INDEX idx_population_geometry ON population USING gist (geometry);

CREATE TABLE area_births (
    id bigint GENERATED ALWAYS AS IDENTITY,
    import_id bigint,
    change_id bigint,
    valid daterange NOT NULL,
    recorded tstzrange NOT NULL,
    area_code text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    boys bigint NOT NULL,
    girls bigint NOT NULL,
    CONSTRAINT ck_area_births_valid CHECK (NOT isempty(valid)),
    CONSTRAINT ck_area_births_recorded CHECK (NOT isempty(recorded)),
    CONSTRAINT ck_area_births_counts CHECK (boys >= 0 AND girls >= 0),
    CONSTRAINT pk_area_births PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_area_births_version ON area_births (area_code, period, lower(valid)) NULLS NOT DISTINCT
    WHERE upper_inf(recorded);

CREATE TABLE travel_time (
    id bigint GENERATED ALWAYS AS IDENTITY,
    import_id bigint,
    change_id bigint,
    valid daterange NOT NULL,
    recorded tstzrange NOT NULL,
    origin text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    minutes double precision NOT NULL,
    CONSTRAINT ck_travel_time_valid CHECK (NOT isempty(valid)),
    CONSTRAINT ck_travel_time_recorded CHECK (NOT isempty(recorded)),
    CONSTRAINT ck_travel_time_minutes CHECK (minutes >= 0),
    CONSTRAINT pk_travel_time PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_travel_time_version ON travel_time (origin, destination, lower(valid)) NULLS NOT DISTINCT
    WHERE upper_inf(recorded);
CREATE INDEX ix_travel_time_destination ON travel_time (destination);

-- Numbers of the rows of cells on the ground of the scope.
CREATE FUNCTION wangge_cell_rows() RETURNS SETOF bigint ROWS 1000
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT p.id FROM area a JOIN population p ON ST_Intersects(a.geometry, p.geometry)
    WHERE a.code IN (SELECT wangge_scope()) AND upper_inf(a.recorded) AND a.valid @> (SELECT wangge_day())
$$;

ALTER TABLE population ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON population FOR SELECT USING (
    (SELECT wangge_role()) IN ('leader', 'inspector', 'officer')
    AND ((SELECT wangge_sees_all()) OR (id IN (SELECT wangge_cell_rows())) IS TRUE));

ALTER TABLE area_births ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON area_births FOR SELECT USING (
    (SELECT wangge_role()) = 'admin' OR ((SELECT wangge_role()) = 'leader'
    AND ((SELECT wangge_sees_all()) OR (area_code IN (SELECT wangge_scope())) IS TRUE)));

ALTER TABLE travel_time ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON travel_time FOR SELECT USING ((SELECT wangge_role()) IN ('admin', 'leader', 'inspector', 'officer'));
