-- The audit: a chain. Each row is sealed with the SHA-256 of the row before it and of its own text, so that whoever
-- changes, removes or inserts a row afterwards breaks every seal that follows. The last seal is kept in audit_head too.

CREATE FUNCTION wangge_audit_text(a audit) RETURNS text LANGUAGE sql IMMUTABLE AS
$$
    SELECT CAST(jsonb_build_array(a.number, extract(epoch FROM a.at), a.who, a.role, a.action, a.target, a.outcome,
                                  a.origin, a.details) AS text)
$$;

-- Adds one row at the end of the chain. Whoever adds one waits until the transaction before has ended.
CREATE FUNCTION wangge_audit(who text, role text, action text, target text, outcome text, origin text, details jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    head audit_head;
    link audit;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    link := ROW(head.number + 1, clock_timestamp(), who, role, action, target, outcome, origin,
                coalesce(details, '{}'), head.hash, '');
    link.hash := sha256(head.hash || convert_to(wangge_audit_text(link), 'UTF8'));
    INSERT INTO audit VALUES (link.*);
    UPDATE audit_head SET number = link.number, hash = link.hash;
    RETURN link.number;
END
$$;

INSERT INTO audit_head (number, hash) VALUES (0, sha256('wangge'));
