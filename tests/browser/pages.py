"""Which pages each one may open, and what every page has to keep to."""

import re
from typing import Any, Final, cast

import sqlalchemy as sa
from playwright.sync_api import Frame

from gis.texts import Language, catalogue
from maps.assets import FOLDER
from tests.browser.demo_site import OWN_GRID, STREET, Site, Walker

EVERYBODY: Final = (
    "/open",
    "/open?q=云溪",
    f"/open?code={STREET}",
    "/open/data",
    "/open/care",
    "/maps/open",
    "/docs",
    "/login",
)
STAFF: Final = ("/account", "/account/totp", "/outreach", "/campaigns", "/facilities")
CAMPAIGN: Final = "/campaigns/2026-ultrasound"
MAPS: Final = ("/maps/responsibility", "/maps/premises", "/maps/outreach")
PAGES: Final[dict[str, tuple[str, ...]]] = {
    "public": ("/", *EVERYBODY, "/reply/{reply}", "/open/draws", "/maps/responsibility"),
    "leader": (
        *("/leader", f"/leader?area={STREET}001001&on=2026-03-15", "/facilities/F0001", "/outreach/new"),
        *("/outreach/sessions/{session}", "/corrections", "/campaigns/new", CAMPAIGN, *STAFF, *MAPS),
        *("/cases", "/cases/{case}", "/cases/new?facility=F0003"),
        *(f"/grid?area={STREET}001001", "/grid/correct?kind=point&target=F0002"),
        *("/due", "/rank", "/rank/report", "/facilities/F0001/history", "/draws", "/draws/new"),
        *(
            "/sweeps",
            "/sweeps/new?due=20&area=990102002",
            "/sweeps/{sweep}",
            "/sweeps/{sweep}/report",
            "/maps/sweep/{sweep}",
        ),
        *("/access", "/access?level=village&mode=drive", "/maps/access", "/access/what-if", "/maps/what-if"),
    ),
    "street": ("/leader", "/facilities", "/corrections", "/outreach", "/campaigns", "/maps/responsibility"),
    "inspector": (
        *("/facilities/{facility}", "/facilities/{facility}/history", "/due?state=overdue"),
        *("/rank", "/rank/report"),
        *("/sweeps", "/sweeps/{sweep}", "/sweeps/{sweep}/report"),
        *("/inspect", "/inspections", "/inspections?state=planned", "/inspections/plan?facility={facility}"),
        *(
            "/cases?mine=1",
            "/cases/{case}",
            "/findings",
            "/findings/{finding}",
            "/inspections/{inspection}",
            "/maps/inspections",
        ),
        *("/outreach?kind=健康讲座", CAMPAIGN, *STAFF, *MAPS),
    ),
    "officer": (
        *("/grid", f"/maps/grid?area={OWN_GRID}", "/outreach/new", *STAFF),
        *(f"/grid/correct?kind=boundary&target={OWN_GRID}", f"/maps/correction?kind=boundary&target={OWN_GRID}"),
    ),
    "admin": (
        *("/admin/imports", "/admin/imports/1", "/admin/accounts", "/admin/accounts/{account}", "/admin/audit"),
        *("/account", "/account/totp"),
    ),
}
"""Who -> addresses; `{...}` is filled in from the database."""

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE: Final = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
FOREIGN: Final = ("/docs",)
"""Pages of somebody else's making: Swagger's, which speaks English only and has no h1."""
NAMES_OF_DATA: Final = frozenset({"卫生健康局", "义诊咨询", "English", "中文"})
"""Texts of the catalogue that are data of the district, or the name of a language in itself."""

SHOWN: Final = """() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    const silent = inside.closest("script, style, template, noscript, datalist") || !inside.checkVisibility();
    if (!silent) found.add(walker.currentNode.data);
  }
  for (const name of ["aria-label", "title", "alt", "placeholder", "aria-valuetext"])
    for (const element of document.querySelectorAll(`[${name}]`)) found.add(element.getAttribute(name));
  found.add(document.title.replace(" · wangge", ""));
  return [...found].map((text) => text.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""
AUDIT: Final = """async ({ tags, only }) => {
  const run = only ? { type: "rule", values: only } : { type: "tag", values: tags };
  const scope = { exclude: [[".leaflet-marker-pane"], ["canvas"]] };
  const found = await axe.run(scope, { runOnly: run, iframes: false, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.any.concat(node.all, node.none).map((why) => why.message).join("; ")}`));
}"""


def addresses(site: Site, who: str) -> list[str]:
    """The pages of one of them, with codes of records that exist."""
    with site.engine().connect() as connection:
        inside = connection.execute(
            sa.text("SELECT code FROM facility WHERE area_code LIKE '990102002%' ORDER BY code LIMIT 1")
        ).scalar()
        finding, inspection = connection.execute(sa.text("SELECT id, inspection_code FROM finding LIMIT 1")).one()
    known = {
        "case": site.case,
        "reply": site.reply,
        "sweep": site.sweep,
        "session": site.session,
        "account": site.actors["officer"].account,
        "facility": inside,
        "finding": finding,
        "inspection": inspection,
    }
    return [re.sub(r"\{(\w+)\}", lambda name: str(known[name[1]]), path) for path in PAGES[who]]


def wrong_language(texts: list[str], lang: Language) -> list[str]:
    """Those that stand in the catalogue of the other language, in other words than in this one."""
    chinese = catalogue("zh")
    pairs = [(en, zh) for en, zh in chinese.items() if en != zh]
    other = [en if lang == "zh" else zh for en, zh in pairs]
    own = {zh if lang == "zh" else en for en, zh in pairs} | NAMES_OF_DATA
    fixed = {text for text in other if "{" not in text} - own
    filled = re.compile("|".join(_pattern(text) for text in other if _tells(text, lang)))
    return [text for text in texts if text in fixed or (text not in own and filled.fullmatch(text))]


def _tells(text: str, lang: Language) -> bool:
    """Whether a text with places to fill has enough words of its own to be known again."""
    bare = re.sub(r"\{[^}]*\}", "", text)
    return "{" in text and len(re.findall("[A-Za-z]{2,}" if lang == "zh" else "[\u4e00-\u9fff]", bare)) >= 2


def _pattern(text: str) -> str:
    return "(?:" + ".+?".join(re.escape(part) for part in re.split(r"\{[^}]*\}", text)) + ")"


def shown(frame: Frame) -> list[str]:
    """Every text that somebody sees or is told."""
    return cast("list[str]", frame.evaluate(SHOWN))


def faults_of_frame(frame: Frame, lang: Language) -> list[str]:
    """What is wrong with the document: language, title, texts."""
    faults = [f"wrong language: {text}" for text in wrong_language(shown(frame), lang)]
    said = frame.evaluate("document.documentElement.lang")
    if said != {"zh": "zh-CN", "en": "en"}[lang]:
        faults.append(f"html lang is {said!r}")
    headings = frame.locator("h1").count()
    if headings != 1:
        faults.append(f"{headings} h1")
    if not frame.title().strip():
        faults.append("no title")
    return faults


def overflow(frame: Frame) -> list[str]:
    """What makes the document wider than its window; nothing where it fits."""
    found: dict[str, Any] = frame.evaluate("""() => {
      const wide = document.documentElement.clientWidth, whole = document.scrollingElement.scrollWidth;
      const over = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > wide + 1
        && !e.parentElement.closest(".scroll, .leaflet-container"));
      return { wide, whole, over: over.slice(0, 4).map((e) => e.outerHTML.slice(0, 120)) };
    }""")
    return [f"{found['whole']} px in {found['wide']}: {found['over']}"] if found["whole"] > found["wide"] else []


def audit(walker: Walker, *, only: list[str] | None = None) -> list[str]:
    """What axe-core finds in the page, without the documents of its frames."""
    if not walker.page.evaluate("typeof window.axe === 'object'"):
        walker.page.evaluate(AXE.read_text(encoding="utf-8"))
    return cast("list[str]", walker.page.evaluate(AUDIT, {"tags": TAGS, "only": only}))
