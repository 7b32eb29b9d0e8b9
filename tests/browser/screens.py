"""Every screen by the role that looks at it, and what a request can put into one."""

from tests.browser.case_payloads import CASE, FINDING
from tests.browser.draw_payloads import DRAW
from tests.browser.payloads import SESSION
from tests.browser.sweep_payloads import SWEEP

SCREENS: dict[str, tuple[str, ...]] = {
    "public": (
        *("/", "/open", "/open?code=990001", "/open?q=9900", "/open/data", "/open/data/areas.geojson/about"),
        *("/login", "/docs", "/maps/open", "/none", "/open/care"),
    ),
    "admin": (
        *("/admin/accounts", "/admin/accounts/2", "/admin/audit", "/admin/imports", "/admin/imports/1", "/account"),
        *("/admin/officers?officer=O", "/account/totp"),
    ),
    "leader": (
        *(
            "/leader",
            "/leader?area=990001",
            "/leader/branch?parent=990001001001",
            "/corrections?state=",
            "/corrections",
        ),
        *("/facilities", "/outreach", "/maps/responsibility", "/maps/premises", "/maps/outreach", "/maps/inspections"),
        *("/campaigns", "/campaigns/new", "/findings?view=all"),
        *("/due", "/due?area=990001&state=never"),
        *("/rank", "/rank?area=990001", "/rank/report"),
        *("/clusters", "/maps/clusters"),
        *("/access", "/maps/access"),
        *("/access/what-if", "/maps/what-if"),
        *("/cases", "/cases?state=noticed&facility=F1", "/cases/new?facility=F1"),
        *("/draws", "/draws/new", "/draws/" + DRAW, "/open/draws"),
        *("/sweeps", "/sweeps/new", "/sweeps/new?draw=" + DRAW),
    ),
    "inspector": (
        *("/facilities?licence=lapsed", "/campaigns/C1", "/inspect", "/inspections", "/inspections?state=planned"),
        *("/inspections?state=conflict", "/inspections/plan?facility=F1"),
    ),
    "officer": ("/grid", "/maps/grid?area=990001", "/outreach/new", "/maps/grid?area=9900010010003"),
    "grid officer": ("/grid", "/maps/grid?area=9900010010001"),
}
EACH: dict[str, tuple[str, ...]] = {
    "leader": (
        "/leader?area=99000100100{:02d}",
        "/campaigns/C{}",
        "/cases/" + CASE,
        "/sweeps/" + SWEEP,
        "/maps/sweep/" + SWEEP,
    ),
    "inspector": (
        "/facilities/F{}",
        "/facilities/F{}/history",
        "/inspections/V{}",
        "/cases/" + CASE,
        "/findings/" + FINDING,
        "/sweeps/" + SWEEP + "/report",
    ),
    "officer": (
        *("/grid/correct?kind=point&target=F{}", "/maps/correction?kind=point&target=F{}"),
        "/outreach/sessions/" + SESSION,
    ),
}
NO_SCREENS: dict[str, str] = {
    "/inspect/data.json": "JSON",
    "/inspect/session.json": "JSON",
    "/inspect/worker.js": "a script",
    "/inspect/app/{mark}/{name}": "files of ours",
    "/openapi.json": "JSON",
    "/healthz": "JSON",
    "/assets/{name}": "files of ours",
    "/login/oidc": "a redirect",
    "/login/oidc/callback": "a redirect",
    "/open/data/{name}": "a download",
    "/leader/export/{file_format}": "a download; the HTML one is opened by a test of its own",
    "/facilities.{ending}": "a download",
    "/due.{ending}": "a download",
    "/rank.{ending}": "a download",
    "/outreach.{ending}": "a download",
    "/campaigns/{code}/report.{ending}": "a download",
    "/cases/{code}/documents/{number}.pdf": "a download",
    "/draws/{code}/proof.json": "a download",
    "/sweeps/{code}/plan.{ending}": "a download",
    "/reply/{token}": "opened by test_no_foreign_script_cases",
    "/openrosa/formList": "XML for telephones",
    "/openrosa/forms/{code}/{version}.xml": "XML for telephones",
    "/openrosa/forms/{code}/{version}/manifest": "XML for telephones",
    "/openrosa/forms/{code}/{version}/{name}": "a download",
    "/admin/audit/csv": "a download",
    "/admin/imports/preview/{number}": "opened by test_no_foreign_script_uploads",
    "/admin/imports/preview/{number}/map": "opened by test_no_foreign_script_uploads",
    "/admin/imports/preview/{number}/problems.csv": "a download",
}
REFLECTED = {
    "public": ("/reply/{}", "/open?q={}&code={}", "/login?next={}", "/{}", "/maps/open?on={}", "/open/data/{}"),
    "leader": (
        "/leader?area={}&on={}",
        "/facilities?q={}&kind={}&area={}",
        "/outreach?kind={}&area={}",
        "/campaigns/{}",
        "/cases?facility={}",
        "/cases/{}",
        "/cases/new?facility={}",
        "/draws/{}",
        *("/sweeps/{}", "/sweeps/new?draw={}&q={}&kind={}&area={}&state={}"),
    ),
    "inspector": (
        *("/facilities/{}", "/facilities/{}/history", "/due?q={}&kind={}&area={}"),
        "/rank?q={}&kind={}&area={}",
        *("/inspections/{}", "/inspections?q={}&area={}&facility={}"),
        *("/inspections/plan?facility={}", "/inspect?shell={}#facility={}&checklist={}", "/inspect?x={}#correct={}"),
    ),
    "officer": ("/grid?area={}", "/grid/correct?kind=point&target={}", "/outreach/new?area={}&kind={}"),
    "admin": ("/admin/audit?who={}&action={}&target={}&outcome={}&start={}", "/admin/imports/{}", "/account?done={}"),
}
FORMS: dict[str, tuple[tuple[str, str], ...]] = {
    "public": (
        ("/login", "form[action='/login']"),
        ("/open", "form[method=post]"),
        ("/open/care", "form[method=post]"),
    ),
    "leader": (
        *(("/campaigns/new", "main form"), ("/corrections", "main form[method=post]")),
        *(("/draws/new", "main form"), ("/sweeps/new", "#plan-here")),
    ),
    "inspector": (("/inspections/plan?facility=F1", "main form"), ("/inspections?state=planned", "td form")),
    "officer": (("/outreach/new", "main form"), ("/grid/correct?kind=point&target=F1", "main form")),
    "admin": (("/admin/accounts", "main form[method=post]"), ("/account", "main form[method=post]")),
}
"""Pages with forms that say what is wrong and give back what was typed."""
